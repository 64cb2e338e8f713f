package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"podsg/ui/theme"
)

// Model is the whole screen: the only Bubble Tea model of podsg.
type Model struct {
	*Session
	profile colorprofile.Profile
	canvas  *canvas
	resized bool
	ticking bool
	leaveBy time.Time // a second ctrl+c before this leaves
}

// newModel makes the model of a session.
func newModel(options Options, env environment) *Model {
	profile := colorprofile.TrueColor
	if options.NoColor {
		profile = colorprofile.ASCII
	}
	return &Model{
		Session: newWizard(options, env, theme.New(!options.Light, profile), newPages, newDiagnosisPage()),
		profile: profile,
		canvas:  newCanvas(),
	}
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
	return ok && !c.ready(m.Session)
}
