package wizard

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/world"
)

// Environment is what the model takes from outside: time, and the context of
// the session. Tests bring their own time.
type Environment struct {
	Ctx   context.Context
	Now   func() time.Time
	After func(d time.Duration, msg tea.Msg) tea.Cmd
	Log   *slog.Logger
	// Launch is given every command that waits for the engine.
	Launch func(tea.Cmd) tea.Cmd
}

// RealEnvironment is the clock of this computer, with the context of a session
// and where its log goes; nil: nowhere.
func RealEnvironment(ctx context.Context, log *slog.Logger) Environment {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return Environment{
		Log: log,
		Ctx: ctx,
		Now: time.Now,
		After: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		},
		Launch: func(cmd tea.Cmd) tea.Cmd { return cmd },
	}
}

// Call is a call to the engine that is under way. Its number travels with its
// results; results with another number are of a call that was abandoned.
type Call struct {
	number  int
	What    string // "Reading cluster workshop"
	Started time.Time
	cancel  context.CancelFunc
	Feed    *feed
	scope   string // what is read, see scopeOf
}

// wait is the command that waits for the next events of a call.
func (e Environment) wait(c *Call) tea.Cmd { return e.Launch(c.Feed.wait(e.Ctx, c.number)) }

// Guarded makes a command of a function. A panic in it becomes a message: it
// must never leave the terminal in a state that the user has to repair.
func (e Environment) Guarded(run func() tea.Msg, failed func(error) tea.Msg) tea.Cmd {
	return e.Launch(func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				e.Log.Error("panic in a call", "panic", r, "stack", string(debug.Stack()))
				msg = failed(&world.Problem{
					Err:  fmt.Errorf("unexpected: %v", r),
					Hint: "This is a mistake in podsg. Please report it; with --log-file FILE the log says where it happened.",
				})
			}
		}()
		return run()
	})
}
