package cli

import (
	"errors"
	"strings"

	"podsg/steps"
)

// fail reports an error: what failed and why, what to do about it and with which
// command. Where JSON was asked for and no document has been printed, it prints
// one. code is the exit code that the error calls for.
func (c *console) fail(err error, code int) {
	for _, line := range strings.Split(err.Error(), "\n") {
		c.say("error: %s", line)
	}
	failure := failureOf(err)
	if failure.Permission != "" {
		c.say("hint: the missing permission is %s", failure.Permission)
	}
	if failure.Hint != "" {
		c.say("hint: %s", failure.Hint)
	}
	if failure.Command != "" {
		c.say("try: %s", failure.Command)
	}
	if c.json && !c.reported {
		outcome := steps.OutcomeFailed
		if steps.KindOf(err) == steps.ProblemInterrupted {
			outcome = steps.OutcomeInterrupted
		}
		_ = c.printJSON(failureDocument{
			SchemaVersion: steps.SchemaVersion, Outcome: outcome, ExitCode: code, Failed: failure,
		})
	}
}

// failureDocument is the JSON result of a command that has no other.
type failureDocument struct {
	SchemaVersion int           `json:"schemaVersion"`
	Outcome       steps.Outcome `json:"outcome"`
	ExitCode      int           `json:"exitCode"`
	Failed        steps.Failure `json:"failed"`
}

// failureOf is an error as the results show it.
func failureOf(err error) steps.Failure {
	f := steps.Failure{Error: err.Error(), Err: err}
	f.Hint, f.Command = steps.HintOf(err)
	var p *steps.Problem
	if errors.As(err, &p) {
		f.Permission = p.Permission
	}
	return f
}
