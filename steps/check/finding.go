package check

import (
	"cmp"
	"slices"
	"strings"

	"podsg/steps/clean"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// Status is the outcome of a check.
type Status string

// The outcomes.
const (
	Pass Status = "pass"
	Warn Status = "warn"
	Fail Status = "fail"
	Skip Status = "skip"
)

// Finding is the outcome of one check: a pure function of a snapshot and a
// target. It is shown as it is on screen, in text and in JSON.
type Finding struct {
	ID       string   `json:"id"`   // stable, such as D11
	Step     StepID   `json:"step"` // the step of the procedure it belongs to
	Title    string   `json:"title"`
	Status   Status   `json:"status"`
	Reason   say.Text `json:"reason"`             // why, in one sentence
	Evidence []string `json:"evidence,omitempty"` // what was seen, a line each
	Fix      *Fix     `json:"fix,omitempty"`
	Doc      string   `json:"doc"`               // page of the documentation
	Objects  []string `json:"objects,omitempty"` // the objects concerned
	// Namespace and Policy are the access that it is about: one without a policy
	// is what a namespace has instead of it. Both are empty when it is about the
	// cluster.
	Namespace string `json:"namespace,omitempty"`
	Policy    string `json:"policy,omitempty"`
	// CausedBy are the ids of the checks whose trouble explains this one.
	CausedBy []string `json:"causedBy,omitempty"`
	// Blocking says that setup cannot mend it and the procedure cannot succeed
	// while it fails.
	Blocking bool `json:"blocking,omitempty"`

	region string       // in which the commands of its fix act
	judged bool         // CausedBy was settled by the check itself
	lacks  []world.Fact // facts for which the check was skipped
}

// Access is the access that the finding is about, as NAMESPACE/POLICY; empty: the
// cluster.
func (f *Finding) Access() string { return strings.Trim(f.Namespace+"/"+f.Policy, "/") }

// SameAccess reports whether one of two findings can have to do with the other:
// both are about one access, or one of them about the cluster.
func (f *Finding) SameAccess(o *Finding) bool {
	return f.Namespace == "" || o.Namespace == "" || f.Namespace == o.Namespace && f.Policy == o.Policy
}

// Named are findings in which the title says which access it is about, if they
// are about several.
func Named(findings []Finding) []Finding {
	several := false
	first := ""
	for i := range findings {
		of := findings[i].Access()
		several = several || of != "" && first != "" && of != first
		first = cmp.Or(first, of)
	}
	if !several {
		return findings
	}
	out := slices.Clone(findings)
	for i := range out {
		if of := out[i].Access(); of != "" {
			out[i].Title = of + ": " + out[i].Title
		}
	}
	return out
}

// Trouble reports whether the check found something wrong.
func (f *Finding) Trouble() bool { return f.Status == Fail || f.Status == Warn }

// Fix says how a failing check is mended.
type Fix struct {
	Text    say.Text `json:"text"`
	Command string   `json:"command,omitempty"`
	// Setup says that podsg setup makes this change.
	Setup bool `json:"setup,omitempty"`
	// ByHand is the same by the AWS CLI or kubectl, where the command is podsg's.
	ByHand string `json:"byHand,omitempty"`
}

// Summary counts findings by status.
type Summary struct {
	Pass int `json:"pass"`
	Warn int `json:"warn"`
	Fail int `json:"fail"`
	Skip int `json:"skip"`
}

// Summarize counts findings.
func Summarize(findings []Finding) Summary {
	var s Summary
	for _, f := range findings {
		switch f.Status {
		case Pass:
			s.Pass++
		case Warn:
			s.Warn++
		case Fail:
			s.Fail++
		case Skip:
			s.Skip++
		}
	}
	return s
}

// Saw adds what was seen.
func (f *Finding) Saw(evidence ...string) *Finding {
	f.Evidence = append(f.Evidence, clean.Lines(evidence)...)
	return f
}

// On names the objects concerned.
func (f *Finding) On(objects ...string) *Finding {
	f.Objects = append(f.Objects, clean.Lines(objects)...)
	return f
}

// Mend says how a failing or warning check is mended; a passing one needs none.
func (f *Finding) Mend(text say.Text, command string) *Finding {
	if f.Trouble() {
		f.Fix = &Fix{Text: text, Command: shell.InRegion(command, f.region)}
	}
	return f
}

// BySetup says that podsg setup mends it: then it does not block setup.
func (f *Finding) BySetup(t *intent.Target, text say.Text) *Finding {
	f.Mend(text, t.SetupCommand())
	if f.Fix != nil {
		f.Fix.Setup, f.Blocking = true, false
	}
	return f
}

// ByHand says how what setup mends is mended without podsg. Where podsg has set up
// nothing, that is the way: setup would make more than what is missing.
func (f *Finding) ByHand(t *intent.Target, text say.Text, command string) *Finding {
	switch {
	case f.Fix == nil || command == "":
	case t.Foreign:
		f.Mend(text, command)
	default:
		f.Fix.ByHand = shell.InRegion(command, f.region)
	}
	return f
}

// Because says which findings explain a trouble, where the check itself knows
// better than its list ExplainedBy: none of those it does not name do. What is
// explained has no fix of its own.
func (f *Finding) Because(found []Finding) *Finding {
	f.judged, f.CausedBy = true, nil
	for _, x := range found {
		if !slices.Contains(f.CausedBy, x.ID) {
			f.CausedBy = append(f.CausedBy, x.ID)
		}
	}
	return f
}
