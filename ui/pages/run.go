package pages

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/wizard"
)

// RunPage shows the changes being made, and the live views beneath them.
type RunPage struct {
	basePage
	cursor int // change whose details are shown; follows what runs unless moved
	moved  bool
	top    int
}

func newRunPage() *RunPage {
	p := &RunPage{}
	p.about = wizard.Facts{ID: wizard.PageRun, Title: "Run", Rail: "Run", Brief: true}
	return p
}

func (p *RunPage) Refresh(m *wizard.Session) {
	if p.moved && m.Run.Active() || len(m.Run.Changes) == 0 {
		return
	}
	// The pointer follows what has gone wrong, else what takes longest.
	best, at := time.Duration(-1), -1
	for i, c := range m.Run.Changes {
		switch {
		case c.Status == wizard.ChangeFailed:
			p.cursor = i
			return
		case c.Status == wizard.ChangeRunning && c.Expected > best:
			best, at = c.Expected, i
		}
	}
	if at >= 0 {
		p.cursor = at
	}
}

// nextPane moves the focus from the changes to the first live view, from view to
// view, and from the last one back.
func (p *RunPage) nextPane(r *wizard.Run) {
	switch {
	case !r.PaneFocus:
		r.PaneFocus = true
	case r.Pane+1 < len(r.Panes):
		r.Pane++
	default:
		r.Pane, r.PaneFocus = 0, false
	}
}

// Focused is the live view that has the focus; nil: none has.
func (p *RunPage) Focused(m *wizard.Session) wizard.Pane {
	if m.Run.PaneFocus && m.Run.Pane < len(m.Run.Panes) {
		return m.Run.Panes[m.Run.Pane]
	}
	return nil
}

func (p *RunPage) Act(m *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	r := &m.Run
	last := len(r.Changes) - 1
	switch a {
	case keys.Up:
		p.cursor, p.moved = max(0, p.cursor-1), true
	case keys.Down:
		p.cursor, p.moved = min(last, p.cursor+1), true
	case keys.First:
		p.cursor, p.moved = 0, true
	case keys.Last:
		p.cursor, p.moved = last, true
	case keys.PageUp:
		p.cursor, p.moved = max(0, p.cursor-8), true
	case keys.PageDown:
		p.cursor, p.moved = min(last, p.cursor+8), true
	case keys.Views:
		if len(r.Panes) == 0 {
			return m.Say("There are no live views here."), true
		}
		p.nextPane(r)
	case keys.Left, keys.Right:
		if n := len(r.Panes); n > 0 {
			by := 1
			if a == keys.Left {
				by = n - 1
			}
			r.Pane = (r.Pane + by) % n
		}
	case keys.Back:
		if r.Active() {
			return m.Say(r.UnderWay() + " ctrl+c stops."), true
		}
		return nil, false
	case keys.Retry:
		if !r.Finished() {
			return nil, true
		}
		return p.again(m), true
	default:
		return nil, false
	}
	return nil, true
}

// again goes back to the plan page and reads the world as it is now: the plan
// that was carried out is of no use any more. What came of it stays: the session
// may end here.
func (p *RunPage) again(m *wizard.Session) tea.Cmd {
	p.cursor, p.moved = 0, false
	cmd := m.Read()
	m.ShowID(wizard.PagePlan)
	return tea.Batch(cmd, m.Say("Reading again, to plan what is missing."))
}

func (p *RunPage) Capturing(m *wizard.Session) bool {
	pane := p.Focused(m)
	return pane != nil && pane.Capturing()
}

func (p *RunPage) Capture(m *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	cmd, _ := p.Focused(m).Key(k)
	return cmd
}

func (p *RunPage) Paste(m *wizard.Session, text string) {
	if pane := p.Focused(m); pane != nil {
		pane.Paste(text)
	}
}

func (p *RunPage) Offers(m *wizard.Session) []keys.Action {
	out := []keys.Action{keys.Down}
	if len(m.Run.Panes) > 0 {
		out = append(out, keys.Views)
	}
	if m.Run.Finished() && !m.Run.Succeeded() {
		out = append(out, keys.Retry)
	}
	return out
}

func (p *RunPage) Label(m *wizard.Session, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "details"
	case a == keys.Retry:
		return "go on"
	case a == keys.Continue && (m.Run.Active() || m.Run.Finished() && m.Run.Failure() != nil):
		return wizard.NoAction
	}
	return ""
}

func (p *RunPage) Next(m *wizard.Session) (tea.Cmd, bool) {
	switch {
	case m.Run.Active():
		return m.Say(m.Run.UnderWay()), false
	case !m.Run.Finished():
		m.ShowID(wizard.PagePlan)
		return nil, false
	case m.Run.Failure() != nil:
		return m.Say("r goes on with what is missing; q leaves."), false
	}
	return nil, true
}

func (p *RunPage) Commands(m *wizard.Session) []string {
	if p.cursor < len(m.Run.Changes) {
		return m.Run.Changes[p.cursor].Commands()
	}
	return nil
}
