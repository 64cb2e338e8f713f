package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"podsg/steps"
	"podsg/ui/theme"
)

// Model is the whole screen: the only Bubble Tea model of podsg.
type Model struct {
	options Options
	env     environment

	// How it looks.
	theme   *theme.Theme
	profile colorprofile.Profile
	layout  layout
	canvas  *canvas

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
	pages    []page
	at       int
	reached  int  // the furthest page that was shown
	diagnose bool // the checks are shown, not a page
	// onlyChecks says that what is there is what is wanted, and that nothing is
	// planned: podsg diagnose, until its user asks for a plan.
	onlyChecks bool
	checks     *diagnosisPage
	overlays   []overlay
	scroll     int // first line shown of a page that is longer than the screen
	resized    bool

	// What is going on.
	calls   int // numbers calls
	listing *call
	reading *call
	readLog []string            // what the call under way has read
	facts   map[steps.Fact]bool // the same, fact by fact
	run     run
	ticking bool

	toast    toast
	leaveBy  time.Time // a second ctrl+c before this leaves
	quiet    time.Time // when the last key was pressed
	outcome  Outcome
	quitting bool
}

// newModel makes the model of a session.
func newModel(options Options, env environment) *Model {
	profile := colorprofile.TrueColor
	if options.NoColor {
		profile = colorprofile.ASCII
	}
	m := &Model{
		options: options,
		env:     env,
		theme:   theme.New(!options.Light, profile),
		profile: profile,
		layout:  newLayout(0, 0),
		canvas:  newCanvas(),
		intent:  options.Intent,
		pages:   newPages(),
		checks:  newDiagnosisPage(),
	}
	m.onlyChecks = options.Start == StartDiagnose
	m.diagnose = m.onlyChecks && options.Intent.Cluster != ""
	return m
}

// Init starts the first calls; the first frame is drawn before any returns.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor}
	if m.diagnose {
		cmds = append(cmds, m.read())
	} else {
		cmds = append(cmds, m.list())
	}
	return m.then(cmds...)
}

// Update takes a message. It never waits.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.layout, m.resized = newLayout(msg.Width, msg.Height), true
	case tea.BackgroundColorMsg:
		m.theme = theme.New(msg.IsDark(), m.profile)
	case tea.ColorProfileMsg:
		if !m.options.NoColor {
			m.profile = msg.Profile
			m.theme = theme.New(m.theme.Dark, m.profile)
		}
	case tea.KeyPressMsg:
		cmd = m.key(msg)
		m.quiet = m.env.now()
	case tea.PasteMsg:
		m.paste(msg.Content)
	case tickMsg:
		m.ticking = false
	case toastOverMsg:
		m.toast.end(msg)
	case identityMsg, clustersMsg:
		cmd = m.onListed(msg)
	case observedMsg:
		cmd = m.onObserved(msg)
	case feedMsg:
		cmd = m.onFeed(msg)
	case feedAgainMsg:
		cmd = m.onFeedAgain(msg)
	case appliedMsg:
		cmd = m.onApplied(msg)
	case verifiedMsg:
		cmd = m.onVerified(msg)
	case exportedMsg:
		cmd = m.onExported(msg)
	default:
		cmd = m.run.update(msg)
	}
	m.followFocus()
	return m, m.then(cmd)
}

// then adds the tick to commands while something moves.
func (m *Model) then(cmds ...tea.Cmd) tea.Cmd {
	if m.moving() && !m.ticking && !m.quitting {
		m.ticking = true
		cmds = append(cmds, m.env.after(tickEvery, tickMsg{}))
	}
	return tea.Batch(cmds...)
}

// tickEvery is how often the screen is drawn while something moves.
const tickEvery = 100 * time.Millisecond

// tickMsg is the one tick: its chain is started by then, never by a message
// that can come twice.
type tickMsg struct{}

// moving reports whether the screen changes by the passing of time.
func (m *Model) moving() bool {
	return m.listing != nil || m.reading != nil || m.run.active() || m.arming()
}

// arming reports whether a confirmation waits for the keyboard to be quiet.
func (m *Model) arming() bool {
	c, ok := m.overlay().(*confirmation)
	return ok && !c.ready(m)
}

// page is the page that is shown.
func (m *Model) page() page {
	if m.diagnose {
		return m.checks
	}
	return m.pages[m.at]
}

// show goes to a page.
func (m *Model) show(at int) {
	m.at = max(0, min(at, len(m.pages)-1))
	m.reached = max(m.reached, m.at)
	m.diagnose = false
	m.scroll = 0
	m.overlays = nil
	m.page().refresh(m)
}

// showID goes to the page with an id.
func (m *Model) showID(id pageID) { m.show(m.indexOf(id)) }

// indexOf is the place of a page in the procedure.
func (m *Model) indexOf(id pageID) int {
	return slices.IndexFunc(m.pages, func(p page) bool { return p.facts().id == id })
}

// touched is called when what a page shows may have changed.
func (m *Model) touched() { m.page().refresh(m) }

// untouched says that nothing has been changed, with a space behind it; empty
// once something may have been.
func (m *Model) untouched() string {
	if m.outcome.Result != nil || m.run.active() {
		return ""
	}
	return "Nothing has been changed. "
}

// quit ends the session.
func (m *Model) quit(left bool) tea.Cmd {
	m.quitting = true
	m.outcome.Left = left
	m.cancelCalls()
	return tea.Quit
}
