package wizard

import tea "charm.land/bubbletea/v2"

// Overlay lies on top of the page and takes all keys but ctrl+c.
type Overlay interface {
	// Draw draws the overlay, a box of at most a size; the cursor is relative
	// to its upper left corner.
	Draw(m *Session, width, height int) Drawing
	Key(m *Session, k tea.KeyPressMsg) tea.Cmd
	Paste(m *Session, text string)
}

// Overlay returns the one on top, or nil.
func (m *Session) Overlay() Overlay {
	if len(m.Overlays) == 0 {
		return nil
	}
	return m.Overlays[len(m.Overlays)-1]
}

// Open puts an overlay on top.
func (m *Session) Open(o Overlay) { m.Overlays = append(m.Overlays, o) }

// CloseOverlay takes the one on top away.
func (m *Session) CloseOverlay() {
	if n := len(m.Overlays); n > 0 {
		m.Overlays = m.Overlays[:n-1]
	}
}
