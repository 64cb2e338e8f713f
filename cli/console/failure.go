package console

import (
	"errors"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Fail reports an error: what failed and why, what to do about it and with which
// command. Where JSON was asked for and no document has been printed, it prints
// one. code is the exit code that the error calls for.
func (c *Console) Fail(err error, code int) {
	for _, line := range strings.Split(err.Error(), "\n") {
		c.Say("error: %s", line)
	}
	failure := FailureOf(err)
	if failure.Permission != "" {
		c.Say("hint: the missing permission is %s", failure.Permission)
	}
	if failure.Hint != "" {
		c.Say("hint: %s", failure.Hint)
	}
	if failure.Command != "" {
		for line := range strings.SplitSeq(failure.Command, "\n") {
			c.Say("try: %s", line)
		}
	}
	if c.JSON && !c.reported {
		outcome := plan.OutcomeFailed
		if world.KindOf(err) == world.ProblemInterrupted {
			outcome = plan.OutcomeInterrupted
		}
		_ = c.PrintJSON(document{
			SchemaVersion: plan.SchemaVersion, Outcome: outcome, ExitCode: code, Failed: failure,
		})
	}
}

// document is the JSON result of a command that has no other.
type document struct {
	SchemaVersion int          `json:"schemaVersion"`
	Outcome       plan.Outcome `json:"outcome"`
	ExitCode      int          `json:"exitCode"`
	Failed        plan.Failure `json:"failed"`
}

// FailureOf is an error as the results show it.
func FailureOf(err error) plan.Failure {
	f := plan.Failure{Error: err.Error(), Err: err}
	f.Hint, f.Command = world.HintOf(err)
	var p *world.Problem
	if errors.As(err, &p) {
		f.Permission = p.Permission
	}
	return f
}
