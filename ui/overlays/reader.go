package overlays

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// Reader is a text to read: an explanation, or commands.
type Reader struct {
	Title  string
	Lines  func(s *wizard.Session, width int) []string
	offset int
	length int // lines when last drawn
	room   int
	Own    keys.Action // closes the overlay like esc does
}

var _ wizard.Overlay = (*Reader)(nil)

// Draw implements [wizard.Overlay].
func (r *Reader) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	width = min(width, 84)
	lines := r.Lines(s, width-4)
	r.length = len(lines)
	height = min(height, len(lines)+2)
	r.room = height - 2
	r.offset = max(0, min(r.offset, r.length-r.room))
	note := "esc closes"
	if r.length > r.room {
		note = fmt.Sprintf("lines %d to %d of %d · ↑↓ scroll · esc closes", r.offset+1, r.offset+r.room, r.length)
	}
	return wizard.Drawing{Lines: widget.Box(s.Theme, r.Title, note, lines, r.offset, width, height)}
}

// Key implements [wizard.Overlay].
func (r *Reader) Key(s *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
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
	case keys.Back, keys.Continue, keys.Quit, r.Own:
		s.CloseOverlay()
	}
	r.offset = max(0, min(r.offset, r.length-r.room))
	return nil
}

// Paste implements [wizard.Overlay].
func (r *Reader) Paste(*wizard.Session, string) {}
