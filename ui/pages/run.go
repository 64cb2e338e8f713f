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

func (p *RunPage) Refresh(s *wizard.Session) {
	if p.moved && s.Run.Active() || len(s.Run.Changes) == 0 {
		return
	}
	// The pointer follows what has gone wrong, else what takes longest.
	best, at := time.Duration(-1), -1
	for i, c := range s.Run.Changes {
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
func (p *RunPage) Focused(s *wizard.Session) wizard.Pane {
	if s.Run.PaneFocus && s.Run.Pane < len(s.Run.Panes) {
		return s.Run.Panes[s.Run.Pane]
	}
	return nil
}

func (p *RunPage) Act(s *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	r := &s.Run
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
			return s.Say("There are no live views here."), true
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
			return s.Say(r.UnderWay() + " ctrl+c stops."), true
		}
		return nil, false
	case keys.Retry:
		if !r.Finished() {
			return nil, true
		}
		return p.again(s), true
	default:
		return nil, false
	}
	return nil, true
}

// again goes back to the plan page and reads the world as it is now: the plan
// that was carried out is of no use any more. What came of it stays: the session
// may end here.
func (p *RunPage) again(s *wizard.Session) tea.Cmd {
	p.cursor, p.moved = 0, false
	cmd := s.Read()
	s.ShowID(wizard.PagePlan)
	return tea.Batch(cmd, s.Say("Reading again, to plan what is missing."))
}

func (p *RunPage) Capturing(s *wizard.Session) bool {
	pane := p.Focused(s)
	return pane != nil && pane.Capturing()
}

func (p *RunPage) Capture(s *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	cmd, _ := p.Focused(s).Key(k)
	return cmd
}

func (p *RunPage) Paste(s *wizard.Session, text string) {
	if pane := p.Focused(s); pane != nil {
		pane.Paste(text)
	}
}

func (p *RunPage) Offers(s *wizard.Session) []keys.Action {
	out := []keys.Action{keys.Down}
	if len(s.Run.Panes) > 0 {
		out = append(out, keys.Views)
	}
	if s.Run.Finished() && !s.Run.Succeeded() {
		out = append(out, keys.Retry)
	}
	return out
}

func (p *RunPage) Label(s *wizard.Session, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "details"
	case a == keys.Retry:
		return "go on"
	case a == keys.Continue && (s.Run.Active() || s.Run.Finished() && s.Run.Failure() != nil):
		return wizard.NoAction
	}
	return ""
}

func (p *RunPage) Next(s *wizard.Session) (tea.Cmd, bool) {
	switch {
	case s.Run.Active():
		return s.Say(s.Run.UnderWay()), false
	case !s.Run.Finished():
		s.ShowID(wizard.PagePlan)
		return nil, false
	case s.Run.Failure() != nil:
		return s.Say("r goes on with what is missing; q leaves."), false
	}
	return nil, true
}

func (p *RunPage) Commands(s *wizard.Session) []string {
	if p.cursor < len(s.Run.Changes) {
		return s.Run.Changes[p.cursor].Commands()
	}
	return nil
}
