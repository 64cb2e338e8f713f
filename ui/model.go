package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"podsg/ui/overlays"
	"podsg/ui/pages"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

// Model is the whole screen: the only Bubble Tea model of podsg.
type Model struct {
	*wizard.Session
	profile colorprofile.Profile
	canvas  *canvas
	resized bool
	ticking bool
	leaveBy time.Time // a second ctrl+c before this leaves
}

// newModel makes the model of a session.
func newModel(options wizard.Options, env wizard.Environment) *Model {
	profile := colorprofile.TrueColor
	if options.NoColor {
		profile = colorprofile.ASCII
	}
	return &Model{
		Session: wizard.New(options, env, theme.New(!options.Light, profile), pages.New, pages.NewDiagnosis()),
		profile: profile,
		canvas:  newCanvas(),
	}
}

// Init starts the first calls; the first frame is drawn before any returns.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor}
	if m.Diagnose {
		cmds = append(cmds, m.Read())
	} else {
		cmds = append(cmds, m.List())
	}
	return m.then(cmds...)
}

// Update takes a message. It never waits.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.Layout, m.resized = wizard.NewLayout(msg.Width, msg.Height), true
	case tea.BackgroundColorMsg:
		m.Theme = theme.New(msg.IsDark(), m.profile)
	case tea.ColorProfileMsg:
		if !m.Options.NoColor {
			m.profile = msg.Profile
			m.Theme = theme.New(m.Theme.Dark, m.profile)
		}
	case tea.KeyPressMsg:
		cmd = m.Key(msg)
		m.Quiet = m.Env.Now()
	case tea.PasteMsg:
		m.Paste(msg.Content)
	case tickMsg:
		m.ticking = false
	case wizard.ToastOverMsg:
		m.Toast.End(msg)
	case wizard.IdentityMsg, wizard.ClustersMsg:
		cmd = m.OnListed(msg)
	case wizard.ObservedMsg:
		cmd = m.OnObserved(msg)
	case wizard.FeedMsg:
		cmd = m.OnFeed(msg)
	case wizard.FeedAgainMsg:
		cmd = m.OnFeedAgain(msg)
	case wizard.AppliedMsg:
		cmd = m.OnApplied(msg)
	case wizard.VerifiedMsg:
		cmd = m.OnVerified(msg)
	case pages.ExportedMsg:
		cmd = m.onExported(msg)
	default:
		cmd = m.Run.Update(msg)
	}
	m.followFocus()
	return m, m.then(cmd)
}

// then adds the tick to commands while something moves.
func (m *Model) then(cmds ...tea.Cmd) tea.Cmd {
	if m.moving() && !m.ticking && !m.Quitting {
		m.ticking = true
		cmds = append(cmds, m.Env.After(wizard.TickEvery, tickMsg{}))
	}
	return tea.Batch(cmds...)
}

// tickMsg is the one tick: its chain is started by then, never by a message
// that can come twice.
type tickMsg struct{}

// moving reports whether the screen changes by the passing of time.
func (m *Model) moving() bool {
	return m.Listing != nil || m.Reading != nil || m.Run.Active() || m.arming()
}

// arming reports whether a confirmation waits for the keyboard to be quiet.
func (m *Model) arming() bool {
	c, ok := m.Overlay().(*overlays.Confirmation)
	return ok && !c.Ready(m.Session)
}
