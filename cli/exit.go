package cli

import (
	"errors"

	"podsg/steps/world"
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
	switch world.KindOf(err) {
	case world.ProblemUsage:
		return ExitUsage
	case world.ProblemCredentials, world.ProblemPermission:
		return ExitCredentials
	case world.ProblemTimeout:
		return ExitTimeout
	case world.ProblemChanged:
		return ExitChanged
	case world.ProblemInterrupted:
		return ExitInterrupted
	case world.ProblemChecks:
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
var errInterrupted = &world.Problem{Kind: world.ProblemInterrupted, Doing: "stop", Err: errors.New("interrupted")}

// interruption makes an interruption of an error that a stop caused.
func interruption(err error) error {
	if world.KindOf(err) == world.ProblemInterrupted {
		return err
	}
	return &world.Problem{Kind: world.ProblemInterrupted, Err: err}
}
