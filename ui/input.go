package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/overlays"
	"podsg/ui/pages"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// leaveWithin is how soon a second ctrl+c must follow to leave.
const leaveWithin = 2 * time.Second

// Key routes a key: to what lies on top, to a text being typed, else by the
// table of keys.
func (m *Model) Key(k tea.KeyPressMsg) tea.Cmd {
	a := keys.OnPages.Action(k)
	switch {
	case a == keys.Stop:
		return m.stop()
	case m.Layout.Small:
		if a == keys.Quit {
			return m.leave()
		}
		return nil
	case m.Overlay() != nil:
		return m.Overlay().Key(m.Session, k)
	case m.Page().Capturing(m.Session):
		return m.Page().Capture(m.Session, k)
	}
	if pane := m.focusedPane(); pane != nil && a != keys.Views {
		if cmd, handled := pane.Key(k); handled {
			return cmd
		}
	}
	if a == keys.None {
		if k.Text != "" {
			return m.Say("There is no " + k.String() + " here. ? lists the keys, ctrl+k finds any action.")
		}
		return nil
	}
	return m.do(a)
}

// focusedPane is the live view that has the focus; nil: none has.
func (m *Model) focusedPane() wizard.Pane {
	if p, ok := m.Page().(*pages.RunPage); ok {
		return p.Focused(m.Session)
	}
	return nil
}

// shownPane is the live view that is on the screen; nil: none is.
func (m *Model) shownPane() wizard.Pane {
	if _, ok := m.Page().(*pages.RunPage); ok && m.Run.Pane < len(m.Run.Panes) {
		return m.Run.Panes[m.Run.Pane]
	}
	return nil
}

// do carries out an action: the page first, then what works everywhere.
func (m *Model) do(a keys.Action) tea.Cmd {
	if cmd, done := m.Page().Act(m.Session, a); done {
		return cmd
	}
	switch a {
	case keys.Continue:
		return m.forward()
	case keys.Back:
		return m.back()
	case keys.Up:
		m.Scroll = max(0, m.Scroll-1)
	case keys.Down:
		m.Scroll++
	case keys.PageUp:
		m.Scroll = max(0, m.Scroll-8)
	case keys.PageDown:
		m.Scroll += 8
	case keys.Explain:
		m.Open(newExplanation(m))
	case keys.Commands:
		return m.copyCommands()
	case keys.Palette:
		m.Open(newPalette(m))
	case keys.Retry:
		return m.retry()
	case keys.Save:
		return m.saveAnswers()
	case keys.Diagnose:
		return pages.StartDiagnose(m.Session)
	case keys.Wizard:
		m.Show(m.At)
	case keys.Quit:
		return m.leave()
	}
	return nil
}

// forward accepts the page and goes to the next one.
func (m *Model) forward() tea.Cmd {
	p := m.Page()
	cmd, ok := p.Next(m.Session)
	if !ok || m.Page() != p {
		return cmd
	}
	again := m.ReadIfChanged()
	if m.At+1 < len(m.Pages) {
		m.Show(m.At + 1)
	}
	return tea.Batch(cmd, again)
}

// back goes to the page before. While something is being read for the first
// time it gives that up.
func (m *Model) back() tea.Cmd {
	if m.Diagnose {
		if m.Abandon() {
			return m.Say("Stopped reading. r reads again.")
		}
		if m.OnlyChecks {
			return m.Say("q leaves.")
		}
		m.Show(m.At)
		return nil
	}
	if m.World.Obs == nil && m.Abandon() {
		if m.At > 0 {
			m.Show(0)
		}
		return m.Say("Stopped waiting. r tries again.")
	}
	if m.At == 0 {
		return m.Say("This is the first page. " + m.Untouched() + "q leaves.")
	}
	m.Show(m.At - 1)
	return nil
}

// retry asks again for what is shown.
func (m *Model) retry() tea.Cmd {
	if m.Run.Active() {
		return nil
	}
	if m.At == 0 && !m.Diagnose {
		return m.List()
	}
	return tea.Batch(m.Read(), m.Say("Reading again."))
}

// stop is ctrl+c: it stops a run after its current call, and leaves when it is
// pressed a second time.
func (m *Model) stop() tea.Cmd {
	now := m.Env.Now()
	if now.Before(m.leaveBy) || m.Run.Active() && m.Run.Stopping {
		return m.Quit(true)
	}
	if m.Run.Active() {
		m.Overlays = nil
		m.Run.Stop()
		return m.Warn("Stopping after the call in progress. ctrl+c again leaves at once.")
	}
	if m.Run.Finished() {
		return m.Quit(false)
	}
	m.leaveBy = now.Add(leaveWithin)
	return m.Say(m.Untouched() + "Press ctrl+c again to leave.")
}

// leave is the way out by q: it asks while there is something to lose.
func (m *Model) leave() tea.Cmd {
	switch {
	case m.Run.Finished() || m.Diagnose && m.OnlyChecks:
		return m.Quit(false)
	case m.Run.Active():
		return m.Say(m.Run.UnderWay() + " ctrl+c stops.")
	case m.Reached == 0:
		return m.Quit(true)
	}
	m.Open(newLeaving())
	return nil
}

// Paste gives pasted text to whatever takes text.
func (m *Model) Paste(text string) {
	switch {
	case m.Layout.Small:
	case m.Overlay() != nil:
		m.Overlay().Paste(m.Session, text)
	default:
		m.Page().Paste(m.Session, text)
	}
}

// newLeaving asks before the answers given so far are lost.
func newLeaving() *overlays.Confirmation {
	return &overlays.Confirmation{
		Title: "Leave podsg?",
		Yes:   "leave",
		Lines: func(s *wizard.Session, width int) []string {
			lines := widget.Wrap("Nothing has been changed. The answers given on these pages are not kept.", width)
			if s.Options.SaveAnswers != nil {
				lines = append(lines, widget.Wrap("To keep them, go back and press w.", width)...)
			}
			return lines
		},
		Accept: func(s *wizard.Session) tea.Cmd { return s.Quit(true) },
	}
}
