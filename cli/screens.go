package cli

import (
	"context"
	"sync/atomic"

	"podsg/cli/console"
	"podsg/ui"
	"podsg/ui/fullscreen"
)

// screens are the full-screen pages, and the same questions line by line.
type screens struct {
	pages, plain func(ctx context.Context, options ui.Options) (ui.Outcome, error)
	out          *console.Console
	environ      []string
	left         <-chan struct{} // closed when the user leaves without waiting
	shown        atomic.Bool     // a full screen has been shown
}

func newScreens(out *console.Console, environ []string, left <-chan struct{}) *screens {
	return &screens{pages: ui.Run, plain: ui.RunPlain, out: out, environ: environ, left: left}
}

// run puts the questions in the form that the terminal allows.
func (s *screens) run(ctx context.Context, options ui.Options) (ui.Outcome, error) {
	if s.out.Terminal.Pages() {
		return s.pages(ctx, options)
	}
	return s.plain(ctx, options)
}

// open is where full-screen pages are shown, as they are about to be.
func (s *screens) open() fullscreen.Terminal {
	s.shown.Store(s.out.Terminal.Pages())
	return fullscreen.Terminal{Input: s.out.Stdin, Output: s.out.Stdout, Environ: s.environ, NoColor: !s.out.Style.On, Leave: s.left}
}
