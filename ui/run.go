package ui

import (
	"context"
	"fmt"
	"time"

	"podsg/steps/world"
	"podsg/ui/fullscreen"
	"podsg/ui/pages"
	"podsg/ui/wizard"
)

// finishTime is how long a session waits, after the screen is gone, for the
// engine to end its call in progress.
const finishTime = 10 * time.Second

// Run runs a session of the terminal interface until the user leaves. The
// terminal is restored when it returns, whatever happened. The error is for
// what the session could not show itself: no terminal, a fault in the program.
func Run(ctx context.Context, options wizard.Options) (wizard.Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(options, wizard.RealEnvironment(ctx, options.Log))
	err := options.Terminal.Run(ctx, m)
	m.CancelCalls()
	if !m.Quitting {
		// A signal ended the session: the screen had no chance to say goodbye.
		m.Outcome.Left = true
	}
	finishCall(m.Run.FinishedCall, options.Terminal)
	for _, p := range m.Run.Panes {
		p.Close()
	}
	out := pages.FinalOutcome(m.Session)
	if err != nil {
		return out, &world.Problem{Doing: "show the terminal interface", Err: err,
			Hint: "podsg setup --plain asks the same questions line by line"}
	}
	return out, nil
}

// finishCall waits for the engine call under way, which has been told to end:
// what it does must be in the journal before the process is gone.
func finishCall(finished <-chan struct{}, t fullscreen.Terminal) {
	if finished == nil {
		return
	}
	select {
	case <-finished:
		return
	default:
	}
	if t.Output != nil {
		_, _ = fmt.Fprintln(t.Output, "Finishing the call in progress …")
	}
	timer := time.NewTimer(finishTime)
	defer timer.Stop()
	select {
	case <-finished:
	case <-t.Leave:
	case <-timer.C:
	}
}
