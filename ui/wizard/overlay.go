package wizard

import tea "charm.land/bubbletea/v2"

// Overlay lies on top of the page and takes all keys but ctrl+c.
type Overlay interface {
	// Draw draws the overlay, a box of at most a size; the cursor is relative
	// to its upper left corner.
	Draw(s *Session, width, height int) Drawing
	Key(s *Session, k tea.KeyPressMsg) tea.Cmd
	Paste(s *Session, text string)
}

// Overlay returns the one on top, or nil.
func (s *Session) Overlay() Overlay {
	if len(s.Overlays) == 0 {
		return nil
	}
	return s.Overlays[len(s.Overlays)-1]
}

// Open puts an overlay on top.
func (s *Session) Open(o Overlay) { s.Overlays = append(s.Overlays, o) }

// CloseOverlay takes the one on top away.
func (s *Session) CloseOverlay() {
	if n := len(s.Overlays); n > 0 {
		s.Overlays = s.Overlays[:n-1]
	}
}
