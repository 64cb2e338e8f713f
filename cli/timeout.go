package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/shell"
	"podsg/steps/world"
)

// limit bounds a run without questions by --timeout.
func (o *options) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, o.timeout, &timeoutOver{o.timeout})
}

// limitIfAsked bounds what goes on until it is stopped, by a --timeout that was
// given.
func (o *options) limitIfAsked(ctx context.Context) (context.Context, context.CancelFunc) {
	if !o.timeoutGiven {
		return context.WithCancel(ctx)
	}
	return o.limit(ctx)
}

// timeoutOver is the cause of a context that --timeout ended.
type timeoutOver struct{ after time.Duration }

// Error implements error.
func (t *timeoutOver) Error() string { return fmt.Sprintf("--timeout of %s is over", t.after) }

// overtime makes of an error that --timeout caused one that says so, with what
// was being done. args are those of the command line.
func overtime(ctx context.Context, args []string, err error) error {
	var over *timeoutOver
	if err == nil || !errors.As(context.Cause(ctx), &over) || !slices.Contains(endings, world.KindOf(err)) {
		return err
	}
	return &world.Problem{
		Kind: world.ProblemTimeout, Err: fmt.Errorf("%w: %w", over, err),
		Hint: "run it again, with more time: it goes on from the world as it is", Command: againWithin(args, 2*over.after),
	}
}

// endings are the kinds of error that a context which ends may cause.
var endings = []world.ProblemKind{world.ProblemTimeout, world.ProblemInterrupted, world.ProblemUnreachable, world.ProblemFailed}

// again is the command line that was given.
func again(args []string) string { return shell.Join(append([]string{"podsg"}, args...)...) }

// againWithin is the command line that was given, with another --timeout.
func againWithin(args []string, limit time.Duration) string {
	words := []string{"podsg"}
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--timeout":
			i++
		case !strings.HasPrefix(arg, "--timeout="):
			words = append(words, arg)
		}
	}
	return shell.Join(append(words, "--timeout", limit.String())...)
}
