package wizard

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// World is what was observed, and what follows from it and the answers.
type World struct {
	Scope string // what was asked for, see scopeOf
	Obs   *steps.Observation
	Err   error // why nothing could be observed
	Stale bool  // something has been changed since

	Target    intent.Target
	Settled   bool // target is of the answers as they are
	AnswerErr error
	Questions []intent.Question
	Findings  []check.Finding // in the order of the procedure
	Verdict   check.Verdict
	Judged    []check.Finding // the findings in the order of the verdict
	Plan      *plan.Plan
	PlanErr   error
}

// Snapshot is what was observed; nil: nothing yet.
func (w *World) Snapshot() *world.Snapshot {
	if w.Obs == nil {
		return nil
	}
	return w.Obs.Snapshot
}

// Settle works out what follows from the answers. An answer that cannot be
// leaves the last target standing, so that the pages still have something to
// show, beside the reason.
//
// A session that only diagnoses takes what is there as what is wanted, and
// plans nothing.
func (w *World) Settle(in intent.Intent, diagnosing bool) {
	s := w.Snapshot()
	if s == nil {
		return
	}
	w.Plan, w.PlanErr, w.Findings, w.Judged, w.Questions = nil, nil, nil, nil, nil
	if diagnosing {
		target, err := intent.ResolveForDiagnosis(s, in)
		if w.AnswerErr, w.Settled = err, err == nil; err == nil {
			w.Target = target
			w.check(s)
		}
		return
	}
	target, questions, err := intent.Resolve(s, in)
	w.AnswerErr, w.Settled = err, err == nil
	if err != nil {
		return
	}
	w.Target, w.Questions = target, questions
	w.check(s)
	if len(questions) == 0 {
		w.Plan, w.PlanErr = steps.MakePlan(s, &w.Target)
	}
}

// check runs every check and judges what they find.
func (w *World) check(s *world.Snapshot) {
	w.Findings = steps.Check(s, &w.Target)
	w.Verdict, w.Judged = steps.Judge(s, w.Findings)
}

// Question returns the open question whose key begins with one of some keys.
func (w *World) Question(keys []string) (intent.Question, bool) {
	for _, q := range w.Questions {
		if Concerns(q.Key, keys) {
			return q, true
		}
	}
	return intent.Question{}, false
}

// Concerns reports whether an answers key is one of keys or lies beneath one.
func Concerns(key string, keys []string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return key == k || strings.HasPrefix(key, k+".") })
}

// RefusedKey is the answers key that a refused answer is about, the first of
// several; empty: the error is about none.
func RefusedKey(err error) string {
	keys := world.AnswersOf(err)
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}

// Refuses reports whether an error is about an answer of some keys, or beneath
// them.
func Refuses(err error, keys []string) bool {
	return slices.ContainsFunc(world.AnswersOf(err), func(key string) bool { return Concerns(key, keys) })
}

// FindingsOf returns the findings of some steps.
func (w *World) FindingsOf(ids []check.StepID) []check.Finding {
	var out []check.Finding
	for _, f := range w.Findings {
		if slices.Contains(ids, f.Step) {
			out = append(out, f)
		}
	}
	return out
}

// CommandsOf returns the commands of the planned changes of some steps.
func (w *World) CommandsOf(ids []check.StepID) []string {
	if w.Plan == nil {
		return nil
	}
	var out []string
	for _, c := range w.Plan.Changes {
		if slices.Contains(ids, c.Step) {
			out = append(out, c.Commands()...)
		}
	}
	return out
}

// sameFacts reports whether the facts that were observed for one intent tell
// whether another can be.
func sameFacts(a, b intent.Intent) bool {
	version := func(in intent.Intent) string {
		if in.Database.Create != nil {
			return in.Database.Create.EngineVersion
		}
		return ""
	}
	return a.Cluster == b.Cluster && a.Namespace == b.Namespace && a.Secret.Name == b.Secret.Name && version(a) == version(b)
}

// Clone copies an intent so that the copy can be changed.
func Clone(in intent.Intent) intent.Intent {
	if p := in.Policy.PodSelector; p != nil {
		c := *p
		c.MatchLabels = maps.Clone(c.MatchLabels)
		in.Policy.PodSelector = &c
	}
	if p := in.Policy.ServiceAccountSelector; p != nil {
		c := *p
		c.MatchLabels = maps.Clone(c.MatchLabels)
		in.Policy.ServiceAccountSelector = &c
	}
	if p := in.Database.Create; p != nil {
		c := *p
		in.Database.Create = &c
	}
	if p := in.Database.Existing; p != nil {
		c := *p
		in.Database.Existing = &c
	}
	return in
}

// ScopeOf spells what an observation depends on: when it changes, the world has
// to be read again.
func ScopeOf(in intent.Intent) string {
	var database string
	if d := in.Database.Existing; d != nil {
		// Where the password comes from is compared with the Secret.
		database = "existing " + d.Identifier + " " + d.PasswordFrom
	} else if d := in.Database.Create; d != nil {
		database = d.Identifier + " " + d.Class + " " + d.EngineVersion
	}
	parts := []string{in.Cluster, in.Namespace, in.Secret.Name, database, in.Database.CAFile}
	for _, s := range []*world.Selector{in.Policy.PodSelector, in.Policy.ServiceAccountSelector} {
		parts = append(parts, intent.FormatSelector(s))
	}
	for i, p := range parts {
		parts[i] = strconv.Quote(p)
	}
	return strings.Join(parts, " ")
}
