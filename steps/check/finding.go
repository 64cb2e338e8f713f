package check

import (
	"strings"

	"podsg/steps/intent"
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
	Reason   string   `json:"reason"`             // why, in one sentence
	Evidence []string `json:"evidence,omitempty"` // what was seen, a line each
	Fix      *Fix     `json:"fix,omitempty"`
	Doc      string   `json:"doc"`               // page of the documentation
	Objects  []string `json:"objects,omitempty"` // the objects concerned
	// Blocking says that setup cannot mend it and the procedure cannot succeed
	// while it fails.
	Blocking bool `json:"blocking,omitempty"`

	region string // in which the commands of its fix act
}

// Fix says how a failing check is mended.
type Fix struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
	// Setup says that podsg setup makes this change.
	Setup bool `json:"setup,omitempty"`
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

// Check is the identity of a check: its stable id and its title.
type Check struct{ ID, Title string }

// Findings collects the outcomes of one step's checks.
type Findings struct {
	Step StepID
	S    *world.Snapshot
	T    *intent.Target
	Out  []Finding
}

func (f *Findings) Add(c Check, status Status, reason string) *Finding {
	f.Out = append(f.Out, Finding{
		ID: c.ID, Step: f.Step, Title: c.Title, Status: status, Reason: reason, Doc: c.Doc(), region: f.T.Region,
	})
	return &f.Out[len(f.Out)-1]
}

// Known adds a skip and reports false when a fact that the check needs is
// missing.
func (f *Findings) Known(c Check, facts ...world.Fact) bool {
	reason, missing := f.S.Missing(facts...)
	if missing {
		f.Add(c, Skip, reason)
	}
	return !missing
}

// Expect adds a pass or a fail by a condition.
func (f *Findings) Expect(c Check, ok bool, passed, failed string) *Finding {
	if ok {
		return f.Add(c, Pass, passed)
	}
	return f.Add(c, Fail, failed)
}

// Decide adds a pass, a fail, or a warning when what was observed does not say:
// uncertain says what would have to be known. A warning is no pass: it may hide
// the cause that is looked for.
func (f *Findings) Decide(c Check, ok bool, uncertain, passed, failed string) *Finding {
	if !ok && uncertain != "" {
		return f.Add(c, Warn, "it cannot be told for sure: "+uncertain)
	}
	return f.Expect(c, ok, passed, failed)
}

func (f *Finding) Saw(evidence ...string) *Finding {
	f.Evidence = append(f.Evidence, evidence...)
	return f
}

func (f *Finding) On(objects ...string) *Finding {
	f.Objects = append(f.Objects, objects...)
	return f
}

// Mend says how a failing or warning check is mended; a passing one needs none.
func (f *Finding) Mend(text, command string) *Finding {
	if f.Status == Fail || f.Status == Warn {
		f.Fix = &Fix{Text: text, Command: shell.InRegion(command, f.region)}
	}
	return f
}

// BySetup says that podsg setup mends it.
func (f *Finding) BySetup(t *intent.Target, text string) *Finding {
	f.Mend(text, t.SetupCommand())
	if f.Fix != nil {
		f.Fix.Setup = true
	}
	return f
}

// Blocks marks a failing check as one that setup cannot get past.
func (f *Finding) Blocks() *Finding {
	f.Blocking = f.Status == Fail
	return f
}

// Because names the findings that explain a trouble, and mends it by theirs.
func (f *Finding) Because(found []Finding) {
	if len(found) == 0 {
		return
	}
	var ids []string
	for _, x := range found {
		ids = append(ids, x.ID)
	}
	f.Reason += ", and " + strings.Join(ids, " and ") + map[bool]string{true: " says why: ", false: " say why: "}[len(ids) == 1] + found[0].Reason
	f.Mend("mend "+strings.Join(ids, " and ")+" first", "")
	if fix := found[0].Fix; fix != nil && f.Fix != nil {
		f.Fix.Command, f.Fix.Setup = fix.Command, fix.Setup
	}
}
