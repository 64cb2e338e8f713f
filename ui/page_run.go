package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
)

// runPage shows the changes being made, and the live views beneath them.
type runPage struct {
	basePage
	cursor int // change whose details are shown; follows what runs unless moved
	moved  bool
	top    int
}

func newRunPage() *runPage {
	p := &runPage{}
	p.about = facts{id: pageRun, title: "Run", rail: "Run", brief: true}
	return p
}

func (p *runPage) refresh(m *Session) {
	if p.moved && m.run.active() || len(m.run.changes) == 0 {
		return
	}
	// The pointer follows what has gone wrong, else what takes longest.
	best, at := time.Duration(-1), -1
	for i, c := range m.run.changes {
		switch {
		case c.status == changeFailed:
			p.cursor = i
			return
		case c.status == changeRunning && c.Expected > best:
			best, at = c.Expected, i
		}
	}
	if at >= 0 {
		p.cursor = at
	}
}

// nextPane moves the focus from the changes to the first live view, from view to
// view, and from the last one back.
func (p *runPage) nextPane(r *run) {
	switch {
	case !r.paneFocus:
		r.paneFocus = true
	case r.pane+1 < len(r.panes):
		r.pane++
	default:
		r.pane, r.paneFocus = 0, false
	}
}

func (p *runPage) focused(m *Session) Pane {
	if m.run.paneFocus && m.run.pane < len(m.run.panes) {
		return m.run.panes[m.run.pane]
	}
	return nil
}

func (p *runPage) act(m *Session, a keys.Action) (tea.Cmd, bool) {
	r := &m.run
	last := len(r.changes) - 1
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
		if len(r.panes) == 0 {
			return m.say("There are no live views here."), true
		}
		p.nextPane(r)
	case keys.Left, keys.Right:
		if n := len(r.panes); n > 0 {
			by := 1
			if a == keys.Left {
				by = n - 1
			}
			r.pane = (r.pane + by) % n
		}
	case keys.Back:
		if r.active() {
			return m.say(r.underWay() + " ctrl+c stops."), true
		}
		return nil, false
	case keys.Retry:
		if !r.finished() {
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
func (p *runPage) again(m *Session) tea.Cmd {
	p.cursor, p.moved = 0, false
	cmd := m.read()
	m.showID(pagePlan)
	return tea.Batch(cmd, m.say("Reading again, to plan what is missing."))
}

func (p *runPage) capturing(m *Session) bool {
	pane := p.focused(m)
	return pane != nil && pane.Capturing()
}

func (p *runPage) capture(m *Session, k tea.KeyPressMsg) tea.Cmd {
	cmd, _ := p.focused(m).Key(k)
	return cmd
}

func (p *runPage) paste(m *Session, text string) {
	if pane := p.focused(m); pane != nil {
		pane.Paste(text)
	}
}

func (p *runPage) offers(m *Session) []keys.Action {
	out := []keys.Action{keys.Down}
	if len(m.run.panes) > 0 {
		out = append(out, keys.Views)
	}
	if m.run.finished() && !m.run.succeeded() {
		out = append(out, keys.Retry)
	}
	return out
}

func (p *runPage) label(m *Session, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "details"
	case a == keys.Retry:
		return "go on"
	case a == keys.Continue && (m.run.active() || m.run.finished() && m.run.failure() != nil):
		return noAction
	}
	return ""
}

func (p *runPage) next(m *Session) (tea.Cmd, bool) {
	switch {
	case m.run.active():
		return m.say(m.run.underWay()), false
	case !m.run.finished():
		m.showID(pagePlan)
		return nil, false
	case m.run.failure() != nil:
		return m.say("r goes on with what is missing; q leaves."), false
	}
	return nil, true
}

func (p *runPage) commands(m *Session) []string {
	if p.cursor < len(m.run.changes) {
		return m.run.changes[p.cursor].Commands()
	}
	return nil
}
