package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/widget"
)

// reader is a text to read: an explanation, or commands.
type reader struct {
	title  string
	lines  func(m *Session, width int) []string
	offset int
	length int // lines when last drawn
	room   int
	own    keys.Action // closes the overlay like esc does
}

func (r *reader) draw(m *Session, width, height int) drawing {
	width = min(width, 84)
	lines := r.lines(m, width-4)
	r.length = len(lines)
	height = min(height, len(lines)+2)
	r.room = height - 2
	r.offset = max(0, min(r.offset, r.length-r.room))
	note := "esc closes"
	if r.length > r.room {
		note = fmt.Sprintf("lines %d to %d of %d · ↑↓ scroll · esc closes", r.offset+1, r.offset+r.room, r.length)
	}
	return drawing{Lines: widget.Box(m.theme, r.title, note, lines, r.offset, width, height)}
}

func (r *reader) key(m *Session, k tea.KeyPressMsg) tea.Cmd {
	switch a := keys.OnPages.Action(k); a {
	case keys.Up:
		r.offset--
	case keys.Down:
		r.offset++
	case keys.PageUp:
		r.offset -= r.room
	case keys.PageDown, keys.Right:
		r.offset += r.room
	case keys.First:
		r.offset = 0
	case keys.Last:
		r.offset = r.length
	case keys.Back, keys.Continue, keys.Quit, r.own:
		m.closeOverlay()
	}
	r.offset = max(0, min(r.offset, r.length-r.room))
	return nil
}

func (r *reader) paste(*Session, string) {}
