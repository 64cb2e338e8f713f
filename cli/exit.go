package cli

import (
	"errors"

	"podsg/steps"
)

// The exit codes of the process; they are the same for every output format.
const (
	ExitOK          = 0   // done, or nothing to do
	ExitError       = 1   // something failed
	ExitUsage       = 2   // wrong flags or answers, or a question left open
	ExitChecks      = 3   // checks failed
	ExitCredentials = 4   // credentials or permission
	ExitTimeout     = 5   // timed out
	ExitChanged     = 6   // the world changed since the plan
	ExitInterrupted = 130 // interrupted
)

// ExitCode is the exit code that an error calls for.
func ExitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	switch steps.KindOf(err) {
	case steps.ProblemUsage:
		return ExitUsage
	case steps.ProblemCredentials, steps.ProblemPermission:
		return ExitCredentials
	case steps.ProblemTimeout:
		return ExitTimeout
	case steps.ProblemChanged:
		return ExitChanged
	case steps.ProblemInterrupted:
		return ExitInterrupted
	case steps.ProblemChecks:
		return ExitChecks
	default:
		return ExitError
	}
}

// exitCode is an error that only ends the process: what there is to say has
// been said.
type exitCode int

// Error implements error.
func (exitCode) Error() string { return "the command has reported its result" }

// exit makes an error of an exit code that is not zero.
func exit(code int) error {
	if code == ExitOK {
		return nil
	}
	return exitCode(code)
}

// errInterrupted is the cause of a context that an interruption cancelled.
var errInterrupted = &steps.Problem{Kind: steps.ProblemInterrupted, Doing: "stop", Err: errors.New("interrupted")}

// interruption makes an interruption of an error that a stop caused.
func interruption(err error) error {
	if steps.KindOf(err) == steps.ProblemInterrupted {
		return err
	}
	return &steps.Problem{Kind: steps.ProblemInterrupted, Err: err}
}
