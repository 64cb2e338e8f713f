package ui

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
)

// environment is what the model takes from outside: time, and the context of
// the session. Tests bring their own time.
type environment struct {
	ctx   context.Context
	now   func() time.Time
	after func(d time.Duration, msg tea.Msg) tea.Cmd
}

func realEnvironment(ctx context.Context) environment {
	return environment{
		ctx: ctx,
		now: time.Now,
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		},
	}
}

// call is a call to the engine that is under way. Its number travels with its
// results; results with another number are of a call that was abandoned.
type call struct {
	number  int
	what    string // "Reading cluster workshop"
	started time.Time
	cancel  context.CancelFunc
	feed    *feed
}

// guarded makes a command of a function. A panic in it becomes a message: it
// must never leave the terminal in a state that the user has to repair.
func guarded(run func() tea.Msg, failed func(error) tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = failed(&steps.Problem{
					Doing: "run podsg",
					Err:   fmt.Errorf("unexpected: %v\n%s", r, debug.Stack()),
					Hint:  "This is a mistake in podsg. Please report it with the text above.",
				})
			}
		}()
		return run()
	}
}
