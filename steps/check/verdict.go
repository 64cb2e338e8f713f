package check

import (
	"cmp"
	"slices"

	"podsg/steps/say"
	"podsg/steps/world"
)

// State is what a diagnosis comes to.
type State string

// The states.
const (
	Healthy  State = "healthy"  // every check that matters was made, and none found a trouble
	Degraded State = "degraded" // nothing fails, something warns
	Broken   State = "broken"   // something fails
	Unknown  State = "unknown"  // nothing fails, but a check that matters could not be made
)

// Verdict is what a diagnosis comes to: the independent causes, what each of
// them explains, and what could not be checked.
type Verdict struct {
	State  State   `json:"state"`
	Causes []Cause `json:"causes"`
	// NotChecked are the facts that a check which matters lacked.
	NotChecked []NotChecked `json:"notChecked"`
}

// Headline is the verdict in a sentence.
func (v Verdict) Headline() say.Text {
	n := len(v.Causes)
	switch v.State {
	case Broken:
		return say.N(n, "Broken, by %d cause", "Broken, by %d independent causes")
	case Degraded:
		return say.N(n, "Works, with %d thing to look at", "Works, with %d things to look at")
	case Unknown:
		return say.N(len(v.NotChecked), "Unknown: %d fact could not be read", "Unknown: %d facts could not be read")
	default:
		return say.T("Healthy")
	}
}

// Cause is a trouble that no other explains.
type Cause struct {
	ID       string   `json:"id"`
	Explains []string `json:"explains"` // ids of the checks that are a consequence of it
	// Namespace and Policy are the access that it is about, as in [Finding].
	Namespace string `json:"namespace,omitempty"`
	Policy    string `json:"policy,omitempty"`
}

// NotChecked is a fact that could not be read, with the reason and the
// permission that is missing, if it is one.
type NotChecked struct {
	Fact       world.Fact        `json:"fact"`
	Permission string            `json:"permission,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Checks     []string          `json:"checks"` // ids of the checks that were left out for it
	Kind       world.ProblemKind `json:"-"`
}

// Judge makes a verdict of findings and puts them into the order in which they
// are shown everywhere: each cause with what it explains behind it, the other
// troubles, what was skipped, what passed. A finding that another explains loses
// its own fix: the cause's is the one to carry out.
func Judge(s *world.Snapshot, checks []Check, findings []Finding) (Verdict, []Finding) {
	j := newJudgement(checks, findings)
	v := Verdict{State: Healthy, Causes: []Cause{}, NotChecked: notChecked(s, checks, findings)}
	shown := map[int]bool{}
	var ordered []Finding
	show := func(i int) {
		if shown[i] {
			return
		}
		shown[i] = true
		f := findings[i]
		if because := j.because[i]; len(because) > 0 {
			f.CausedBy, f.Fix = j.ids(because), nil
		}
		ordered = append(ordered, f)
	}
	for _, i := range j.causes() {
		explained := j.explains(i)
		v.Causes = append(v.Causes, Cause{
			ID: findings[i].ID, Explains: j.ids(explained), Namespace: findings[i].Namespace, Policy: findings[i].Policy,
		})
		show(i)
		for _, k := range explained {
			show(k)
		}
	}
	for _, status := range []Status{Fail, Warn, Skip, Pass} {
		for i, f := range findings {
			if f.Status == status {
				show(i)
			}
		}
	}
	v.Causes = merged(v.Causes)
	switch sum := Summarize(findings); {
	case sum.Fail > 0:
		v.State = Broken
	case len(v.NotChecked) > 0:
		v.State = Unknown
	case sum.Warn > 0:
		v.State = Degraded
	}
	return v, ordered
}

// merged are the causes with one entry for each check and access: a check may
// find one cause in several places.
func merged(causes []Cause) []Cause {
	out := []Cause{}
	for _, c := range causes {
		i := slices.IndexFunc(out, func(o Cause) bool {
			return o.ID == c.ID && o.Namespace == c.Namespace && o.Policy == c.Policy
		})
		if i < 0 {
			out = append(out, c)
			continue
		}
		for _, id := range c.Explains {
			if !slices.Contains(out[i].Explains, id) {
				out[i].Explains = append(out[i].Explains, id)
			}
		}
	}
	return out
}

// judgement knows which troubles of a diagnosis explain which.
type judgement struct {
	findings []Finding
	because  map[int][]int // a trouble, and the troubles that explain it directly
}

func newJudgement(checks []Check, findings []Finding) *judgement {
	explainedBy := map[string][]string{}
	for _, c := range checks {
		explainedBy[c.ID] = c.ExplainedBy
	}
	j := &judgement{findings: findings, because: map[int][]int{}}
	for i := range findings {
		f := &findings[i]
		if !f.Trouble() {
			continue
		}
		ids := explainedBy[f.ID]
		if f.judged {
			ids = f.CausedBy
		}
		for k := range findings {
			if o := &findings[k]; o.Trouble() && o.ID != f.ID && slices.Contains(ids, o.ID) && f.SameAccess(o) {
				j.because[i] = append(j.because[i], k)
			}
		}
	}
	return j
}

// causes are the troubles to name first: those that nothing explains and that
// fail, or explain one that does; where nothing fails, all that nothing explains.
// What fails comes first, and of that what explains the most.
func (j *judgement) causes() []int {
	failing := Summarize(j.findings).Fail > 0
	var out []int
	weight := map[int]int{}
	for i := range j.findings {
		f := &j.findings[i]
		if !f.Trouble() || len(j.because[i]) > 0 {
			continue
		}
		explained := j.explains(i)
		weight[i] = len(explained)
		if !failing || f.Status == Fail || slices.ContainsFunc(explained, func(k int) bool { return j.findings[k].Status == Fail }) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank(j.findings[a]), rank(j.findings[b])), cmp.Compare(weight[b], weight[a]))
	})
	return out
}

// rank orders causes: what fails before what warns.
func rank(f Finding) int {
	if f.Status == Fail {
		return 0
	}
	return 1
}

// explains are the troubles that a cause explains, directly or through others,
// in their order.
func (j *judgement) explains(cause int) []int {
	var out []int
	for i := range j.findings {
		if i != cause && j.leadsTo(cause, i, map[int]bool{}) {
			out = append(out, i)
		}
	}
	return out
}

func (j *judgement) leadsTo(cause, trouble int, seen map[int]bool) bool {
	if seen[trouble] {
		return false
	}
	seen[trouble] = true
	return slices.ContainsFunc(j.because[trouble], func(k int) bool { return k == cause || j.leadsTo(cause, k, seen) })
}

// ids are the checks of findings, each once.
func (j *judgement) ids(of []int) []string {
	out := []string{}
	for _, i := range of {
		if id := j.findings[i].ID; !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// notChecked are the facts that checks which can fail were skipped for.
func notChecked(s *world.Snapshot, checks []Check, findings []Finding) []NotChecked {
	out := []NotChecked{}
	for _, f := range findings {
		c := Find(checks, f.ID)
		if f.Status != Skip || len(f.lacks) == 0 || c.Severity != Fail {
			continue
		}
		for _, fact := range f.lacks {
			gap, missing := s.In(f.Namespace).Gaps[fact]
			if !missing {
				continue
			}
			i := slices.IndexFunc(out, func(n NotChecked) bool { return n.Fact == fact })
			if i < 0 {
				i = len(out)
				out = append(out, NotChecked{Fact: fact, Permission: gap.Permission, Reason: gap.Reason, Kind: gap.Kind})
			}
			if !slices.Contains(out[i].Checks, f.ID) {
				out[i].Checks = append(out[i].Checks, f.ID)
			}
		}
	}
	return out
}
