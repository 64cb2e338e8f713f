// Package wizard is the state of a session: what has been read, what the user has
// answered, what follows from both, and the run. It draws nothing. The screens
// and the line-by-line mode are made of it, and both change it in the same way.
//
// The rules are:
//
//   - Every call to the engine is a command, with a context of its own, and its
//     result carries the number of the call, so that a late result of an
//     abandoned call is dropped.
//   - What the engine tells arrives in batches, at most ten a second, through a
//     [Feed].
//   - A page is a [Page]: it holds only what the session does not know, such as
//     cursors and texts being edited.
package wizard

import (
	"time"

	"podsg/steps/intent"
	"podsg/steps/world"
	"podsg/ui/theme"
)

// Session is what a session knows, what its user has said, and where it stands.
// Everything that is drawn or written is made of it.
type Session struct {
	Options Options
	Env     Environment
	Theme   *theme.Theme
	Layout  layout

	// What is known.
	Identity    world.Identity
	IdentityErr error
	Clusters    []string
	ClustersErr error
	identified  bool // the caller has been asked for
	Listed      bool // clusters have been listed
	World       World

	// What the user has said, and where the session stands.
	Intent   intent.Intent
	NewPages func() []Page
	Pages    []Page
	At       int
	Reached  int  // the furthest page that was shown
	Diagnose bool // the checks are shown, not a page
	// OnlyChecks says that what is there is what is wanted, and that nothing is
	// planned: podsg diagnose, until its user asks for a plan.
	OnlyChecks bool
	Checks     Page
	Overlays   []Overlay
	Scroll     int // first line shown of a page that is longer than the screen

	// What is going on.
	calls   int // numbers calls
	Listing *Call
	Reading *Call
	ReadLog []string            // what the call under way has read
	Facts   map[world.Fact]bool // the same, fact by fact
	Run     Run

	Toast    toast
	Quiet    time.Time // when the last key was pressed
	Outcome  Outcome
	Quitting bool
}

// New begins a session. The pages of the procedure are made anew when
// another cluster is chosen; checks is the page beside them.
func New(options Options, env Environment, t *theme.Theme, newPages func() []Page, checks Page) *Session {
	s := &Session{
		Options: options, Env: env, Theme: t, Layout: NewLayout(0, 0), Intent: options.Intent,
		NewPages: newPages, Pages: newPages(), Checks: checks,
	}
	s.OnlyChecks = options.Start == StartDiagnose
	s.Diagnose = s.OnlyChecks && options.Intent.Cluster != ""
	return s
}
