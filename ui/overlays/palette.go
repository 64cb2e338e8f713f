package overlays

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// Palette finds any action by name.
type Palette struct{ *widget.Palette }

var _ wizard.Overlay = Palette{}

// Draw implements [wizard.Overlay].
func (p Palette) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	return p.Palette.Draw(s.Theme, width, height)
}

// Key implements [wizard.Overlay].
func (p Palette) Key(s *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	chosen, closed := p.Palette.Key(k)
	if closed {
		s.CloseOverlay()
	}
	if chosen == nil {
		return nil
	}
	return chosen.Run()
}

// Paste implements [wizard.Overlay].
func (p Palette) Paste(_ *wizard.Session, text string) { p.Palette.Paste(text) }
