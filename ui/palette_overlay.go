package ui

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/widget"
)

// palette finds any action by name.
type palette struct{ *widget.Palette }

func (p palette) draw(m *Session, width, height int) drawing { return p.Draw(m.theme, width, height) }

func (p palette) key(m *Session, k tea.KeyPressMsg) tea.Cmd {
	chosen, closed := p.Key(k)
	if closed {
		m.closeOverlay()
	}
	if chosen == nil {
		return nil
	}
	return chosen.Run()
}

func (p palette) paste(_ *Session, text string) { p.Paste(text) }
