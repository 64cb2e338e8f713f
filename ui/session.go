package ui

import (
	"time"

	"podsg/steps"
	"podsg/ui/theme"
)

// Session is what a session knows, what its user has said, and where it stands.
// Everything that is drawn or written is made of it.
type Session struct {
	options Options
	env     environment
	theme   *theme.Theme
	layout  layout

	// What is known.
	identity    steps.Identity
	identityErr error
	clusters    []string
	clustersErr error
	identified  bool // the caller has been asked for
	listed      bool // clusters have been listed
	world       world

	// What the user has said, and where the session stands.
	intent   steps.Intent
	newPages func() []page
	pages    []page
	at       int
	reached  int  // the furthest page that was shown
	diagnose bool // the checks are shown, not a page
	// onlyChecks says that what is there is what is wanted, and that nothing is
	// planned: podsg diagnose, until its user asks for a plan.
	onlyChecks bool
	checks     page
	overlays   []overlay
	scroll     int // first line shown of a page that is longer than the screen

	// What is going on.
	calls   int // numbers calls
	listing *call
	reading *call
	readLog []string            // what the call under way has read
	facts   map[steps.Fact]bool // the same, fact by fact
	run     run

	toast    toast
	quiet    time.Time // when the last key was pressed
	outcome  Outcome
	quitting bool
}

// newWizard begins a session. The pages of the procedure are made anew when
// another cluster is chosen; checks is the page beside them.
func newWizard(options Options, env environment, t *theme.Theme, newPages func() []page, checks page) *Session {
	m := &Session{
		options: options, env: env, theme: t, layout: newLayout(0, 0), intent: options.Intent,
		newPages: newPages, pages: newPages(), checks: checks,
	}
	m.onlyChecks = options.Start == StartDiagnose
	m.diagnose = m.onlyChecks && options.Intent.Cluster != ""
	return m
}
