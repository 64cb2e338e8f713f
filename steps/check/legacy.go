package check

import (
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/world"
)

// Findings collects the outcomes of one step's checks.
type Findings struct {
	Step StepID
	S    *world.Snapshot
	T    *intent.Target
	Out  []Finding
}

func (f *Findings) Add(c Check, status Status, reason string) *Finding {
	f.Out = append(f.Out, Finding{
		ID: c.ID, Step: f.Step, Title: c.Title, Status: status, Reason: say.T("%s", reason), Doc: c.Doc(), region: f.T.Region,
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

// Decide adds a pass, a fail, or a warning when what was observed does not say.
func (f *Findings) Decide(c Check, ok bool, uncertain, passed, failed string) *Finding {
	if !ok && uncertain != "" {
		return f.Add(c, Warn, "it cannot be told for sure: "+uncertain)
	}
	return f.Expect(c, ok, passed, failed)
}

// Blocks marks a failing check as one that setup cannot get past.
func (f *Finding) Blocks() *Finding {
	f.Blocking = f.Status == Fail
	return f
}
