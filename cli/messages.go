package cli

import (
	"errors"
	"fmt"
	"strings"

	"podsg/steps"
)

// say tells the user something on standard error.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.Stderr, "podsg: "+format+"\n", args...)
}

// fail reports an error: what failed and why, what to do about it and with which
// command. Where JSON was asked for and no document has been printed, it prints
// one.
func (a *app) fail(err error) {
	for _, line := range strings.Split(err.Error(), "\n") {
		a.say("error: %s", line)
	}
	failure := failureOf(err)
	if failure.Permission != "" {
		a.say("hint: the missing permission is %s", failure.Permission)
	}
	if failure.Hint != "" {
		a.say("hint: %s", failure.Hint)
	}
	if failure.Command != "" {
		a.say("try: %s", failure.Command)
	}
	if a.format == formatJSON && !a.reported {
		outcome := steps.OutcomeFailed
		if steps.KindOf(err) == steps.ProblemInterrupted {
			outcome = steps.OutcomeInterrupted
		}
		_ = a.printJSON(failureDocument{
			SchemaVersion: steps.SchemaVersion, Outcome: outcome, ExitCode: ExitCode(err), Failed: failure,
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
