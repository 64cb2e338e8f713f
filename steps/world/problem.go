package world

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ProblemKind says what sort of problem an error is, and so what the user can do
// about it.
type ProblemKind int

// The kinds of problem.
const (
	ProblemFailed      ProblemKind = iota // something failed
	ProblemUsage                          // the request itself cannot be: bad flag, bad answer, question left open
	ProblemCredentials                    // no, wrong or expired credentials
	ProblemPermission                     // the credentials may not do this
	ProblemTimeout                        // it took longer than allowed
	ProblemUnreachable                    // an endpoint does not answer
	ProblemChanged                        // the world is no longer as it was when the plan was made
	ProblemLocked                         // another run holds the lock
	ProblemNotFound                       // a named object does not exist
	ProblemInUse                          // an object cannot be deleted because something uses it
	ProblemInterrupted                    // the user stopped it
	ProblemChecks                         // checks failed that must pass first
)

// Problem is an error that a user can act on: what was being done, on which
// object, why it failed, and what to do next.
type Problem struct {
	Kind   ProblemKind
	Doing  string // "create security group", no full stop
	Object string // "POD_SG", "ip-10-0-3-7"; may be empty
	Err    error  // why; may be nil
	Hint   string // what to do next, a sentence; may be empty
	// Command is the exact command that mends it or shows more; may be empty.
	Command string
	// Answer is the key of the answer that cannot be, such as database.port; empty:
	// it is about none. Where the text names the key it begins with it.
	Answer string
	// Permission is the missing IAM action or Kubernetes verb and resource,
	// such as "rds:CreateDBInstance"; set when Kind is ProblemPermission.
	Permission string
	// DeniedBy says whose policy denies it, where the answer tells: one of the
	// constants such as [DeniedByOrganization]; empty: no policy allows it, or the
	// answer does not tell.
	DeniedBy string
}

// Error implements error: "create security group "POD_SG": reason".
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Doing)
	if p.Object != "" {
		fmt.Fprintf(&b, " %q", p.Object)
	}
	if p.Err != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(p.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Usage makes a problem of kind [ProblemUsage] from a message and a hint.
func Usage(hint, format string, args ...any) *Problem {
	return &Problem{Kind: ProblemUsage, Err: fmt.Errorf(format, args...), Hint: hint}
}

// RefusedAnswer makes a problem of kind [ProblemUsage] about the answer of a key.
func RefusedAnswer(key, hint, format string, args ...any) *Problem {
	p := Usage(hint, format, args...)
	p.Answer = key
	return p
}

// AnswersOf lists the keys of the answers that an error refuses, outermost
// first.
func AnswersOf(err error) []string {
	var out []string
	if p, ok := err.(*Problem); ok && p.Answer != "" {
		out = append(out, p.Answer)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		out = append(out, AnswersOf(e.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, wrapped := range e.Unwrap() {
			out = append(out, AnswersOf(wrapped)...)
		}
	}
	return out
}

// KindOf tells what kind of problem an error is: the first kind in the chain of
// what it wraps that says more than [ProblemFailed]. Without one, a deadline is a
// time-out and a cancelled context an interruption.
func KindOf(err error) ProblemKind {
	kind := declaredKind(err)
	switch {
	case kind != ProblemFailed:
		return kind
	case errors.Is(err, context.DeadlineExceeded):
		return ProblemTimeout
	case errors.Is(err, context.Canceled):
		return ProblemInterrupted
	default:
		return ProblemFailed
	}
}

// declaredKind is the first kind but [ProblemFailed] of the problems in an
// error's tree, outermost first.
func declaredKind(err error) ProblemKind {
	switch e := err.(type) {
	case *Problem:
		if e.Kind != ProblemFailed {
			return e.Kind
		}
		return declaredKind(e.Err)
	case interface{ Unwrap() error }:
		return declaredKind(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, wrapped := range e.Unwrap() {
			if kind := declaredKind(wrapped); kind != ProblemFailed {
				return kind
			}
		}
	}
	return ProblemFailed
}

// HintOf returns the first hint in an error's chain, and the command with it.
func HintOf(err error) (hint, command string) {
	for err != nil {
		var p *Problem
		if !errors.As(err, &p) {
			return "", ""
		}
		if p.Hint != "" || p.Command != "" {
			return p.Hint, p.Command
		}
		err = p.Err
	}
	return "", ""
}
