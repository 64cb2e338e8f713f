package ui

import (
	tea "charm.land/bubbletea/v2"
)

// overlay lies on top of the page and takes all keys but ctrl+c.
type overlay interface {
	// draw draws the overlay, a box of at most a size; the cursor is relative
	// to its upper left corner.
	draw(m *Session, width, height int) drawing
	key(m *Session, k tea.KeyPressMsg) tea.Cmd
	paste(m *Session, text string)
}

var (
	_ overlay = (*reader)(nil)
	_ overlay = (*confirmation)(nil)
	_ overlay = palette{}
)

// overlay returns the one on top, or nil.
func (m *Session) overlay() overlay {
	if len(m.overlays) == 0 {
		return nil
	}
	return m.overlays[len(m.overlays)-1]
}

func (m *Session) open(o overlay) { m.overlays = append(m.overlays, o) }

func (m *Session) closeOverlay() {
	if n := len(m.overlays); n > 0 {
		m.overlays = m.overlays[:n-1]
	}
}
