package ui

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/world"
)

// environment is what the model takes from outside: time, and the context of
// the session. Tests bring their own time.
type environment struct {
	ctx   context.Context
	now   func() time.Time
	after func(d time.Duration, msg tea.Msg) tea.Cmd
	log   *slog.Logger
	// launch is given every command that waits for the engine.
	launch func(tea.Cmd) tea.Cmd
}

func realEnvironment(ctx context.Context, log *slog.Logger) environment {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return environment{
		log: log,
		ctx: ctx,
		now: time.Now,
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		},
		launch: func(cmd tea.Cmd) tea.Cmd { return cmd },
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
	scope   string // what is read, see scopeOf
}

// wait is the command that waits for the next events of a call.
func (e environment) wait(c *call) tea.Cmd { return e.launch(c.feed.wait(e.ctx, c.number)) }

// guarded makes a command of a function. A panic in it becomes a message: it
// must never leave the terminal in a state that the user has to repair.
func (e environment) guarded(run func() tea.Msg, failed func(error) tea.Msg) tea.Cmd {
	return e.launch(func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				e.log.Error("panic in a call", "panic", r, "stack", string(debug.Stack()))
				msg = failed(&world.Problem{
					Err:  fmt.Errorf("unexpected: %v", r),
					Hint: "This is a mistake in podsg. Please report it; with --log-file FILE the log says where it happened.",
				})
			}
		}()
		return run()
	})
}
