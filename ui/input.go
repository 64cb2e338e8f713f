package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/widget"
)

// leaveWithin is how soon a second ctrl+c must follow to leave.
const leaveWithin = 2 * time.Second

// key routes a key: to what lies on top, to a text being typed, else by the
// table of keys.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	a := keys.OnPages.Action(k)
	switch {
	case a == keys.Stop:
		return m.stop()
	case m.layout.small:
		if a == keys.Quit {
			return m.leave()
		}
		return nil
	case m.overlay() != nil:
		return m.overlay().key(m.Session, k)
	case m.page().capturing(m.Session):
		return m.page().capture(m.Session, k)
	}
	if pane := m.focusedPane(); pane != nil && a != keys.Views {
		if cmd, handled := pane.Key(k); handled {
			return cmd
		}
	}
	if a == keys.None {
		if k.Text != "" {
			return m.say("There is no " + k.String() + " here. ? lists the keys, ctrl+k finds any action.")
		}
		return nil
	}
	return m.do(a)
}

// focusedPane is the live view that has the focus; nil: none has.
func (m *Model) focusedPane() Pane {
	if p, ok := m.page().(*runPage); ok {
		return p.focused(m.Session)
	}
	return nil
}

// shownPane is the live view that is on the screen; nil: none is.
func (m *Model) shownPane() Pane {
	if _, ok := m.page().(*runPage); ok && m.run.pane < len(m.run.panes) {
		return m.run.panes[m.run.pane]
	}
	return nil
}

// do carries out an action: the page first, then what works everywhere.
func (m *Model) do(a keys.Action) tea.Cmd {
	if cmd, done := m.page().act(m.Session, a); done {
		return cmd
	}
	switch a {
	case keys.Continue:
		return m.forward()
	case keys.Back:
		return m.back()
	case keys.Up:
		m.scroll = max(0, m.scroll-1)
	case keys.Down:
		m.scroll++
	case keys.PageUp:
		m.scroll = max(0, m.scroll-8)
	case keys.PageDown:
		m.scroll += 8
	case keys.Explain:
		m.open(newExplanation(m))
	case keys.Commands:
		return m.copyCommands()
	case keys.Palette:
		m.open(newPalette(m))
	case keys.Retry:
		return m.retry()
	case keys.Save:
		return m.saveAnswers()
	case keys.Diagnose:
		return m.startDiagnose()
	case keys.Wizard:
		m.show(m.at)
	case keys.Quit:
		return m.leave()
	}
	return nil
}

// forward accepts the page and goes to the next one.
func (m *Model) forward() tea.Cmd {
	p := m.page()
	cmd, ok := p.next(m.Session)
	if !ok || m.page() != p {
		return cmd
	}
	again := m.readIfChanged()
	if m.at+1 < len(m.pages) {
		m.show(m.at + 1)
	}
	return tea.Batch(cmd, again)
}

// back goes to the page before. While something is being read for the first
// time it gives that up.
func (m *Model) back() tea.Cmd {
	if m.diagnose {
		if m.abandon() {
			return m.say("Stopped reading. r reads again.")
		}
		if m.onlyChecks {
			return m.say("q leaves.")
		}
		m.show(m.at)
		return nil
	}
	if m.world.obs == nil && m.abandon() {
		if m.at > 0 {
			m.show(0)
		}
		return m.say("Stopped waiting. r tries again.")
	}
	if m.at == 0 {
		return m.say("This is the first page. " + m.untouched() + "q leaves.")
	}
	m.show(m.at - 1)
	return nil
}

// retry asks again for what is shown.
func (m *Model) retry() tea.Cmd {
	if m.run.active() {
		return nil
	}
	if m.at == 0 && !m.diagnose {
		return m.list()
	}
	return tea.Batch(m.read(), m.say("Reading again."))
}

// stop is ctrl+c: it stops a run after its current call, and leaves when it is
// pressed a second time.
func (m *Model) stop() tea.Cmd {
	now := m.env.now()
	if now.Before(m.leaveBy) || m.run.active() && m.run.stopping {
		return m.quit(true)
	}
	if m.run.active() {
		m.overlays = nil
		m.run.stop()
		return m.warn("Stopping after the call in progress. ctrl+c again leaves at once.")
	}
	if m.run.finished() {
		return m.quit(false)
	}
	m.leaveBy = now.Add(leaveWithin)
	return m.say(m.untouched() + "Press ctrl+c again to leave.")
}

// leave is the way out by q: it asks while there is something to lose.
func (m *Model) leave() tea.Cmd {
	switch {
	case m.run.finished() || m.diagnose && m.onlyChecks:
		return m.quit(false)
	case m.run.active():
		return m.say(m.run.underWay() + " ctrl+c stops.")
	case m.reached == 0:
		return m.quit(true)
	}
	m.open(newLeaving())
	return nil
}

// paste gives pasted text to whatever takes text.
func (m *Model) paste(text string) {
	switch {
	case m.layout.small:
	case m.overlay() != nil:
		m.overlay().paste(m.Session, text)
	default:
		m.page().paste(m.Session, text)
	}
}

// newLeaving asks before the answers given so far are lost.
func newLeaving() *confirmation {
	return &confirmation{
		title: "Leave podsg?",
		yes:   "leave",
		lines: func(m *Session, width int) []string {
			lines := widget.Wrap("Nothing has been changed. The answers given on these pages are not kept.", width)
			if m.options.SaveAnswers != nil {
				lines = append(lines, widget.Wrap("To keep them, go back and press w.", width)...)
			}
			return lines
		},
		accept: func(m *Session) tea.Cmd { return m.quit(true) },
	}
}
