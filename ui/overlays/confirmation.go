// Package overlays holds what lies on top of a page and takes its keys: a
// question that must be confirmed, a text to read, a list of actions.
package overlays

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// Confirmation asks before something that matters. It cannot be answered by a
// key that was meant for something else: it does not listen until the keyboard
// has been quiet for a moment, and where it matters most a word must be typed.
type Confirmation struct {
	Title  string
	Lines  func(s *wizard.Session, width int) []string
	Yes    string // what enter does, once the confirmation listens
	Word   string // must be typed; empty: enter is enough
	Quiet  time.Duration
	opened time.Time
	Accept func(s *wizard.Session) tea.Cmd
	input  textinput.Model
	wrong  bool
}

var _ wizard.Overlay = (*Confirmation)(nil)

// NewConfirmation makes a confirmation that is opened now.
func NewConfirmation(s *wizard.Session, c Confirmation) *Confirmation {
	c.opened = s.Env.Now()
	c.input = textinput.New()
	c.input.Prompt = ""
	c.input.SetVirtualCursor(false)
	c.input.SetWidth(20)
	c.input.KeyMap.Paste.SetEnabled(false)
	c.input.Focus()
	return &c
}

// Ready reports whether the keyboard has been quiet for long enough.
func (c *Confirmation) Ready(s *wizard.Session) bool {
	last := c.opened
	if s.Quiet.After(last) {
		last = s.Quiet
	}
	return c.Word != "" || c.Quiet == 0 || s.Env.Now().Sub(last) >= c.Quiet
}

// Draw implements [wizard.Overlay].
func (c *Confirmation) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	width = min(width, 70)
	t := s.Theme
	lines := c.Lines(s, width-4)
	lines = append(lines, "")
	var d wizard.Drawing
	switch {
	case c.Word != "":
		prompt := "Type " + c.Word + " and press enter: "
		d.HasText, d.Y, d.X = true, len(lines)+1, 2+widget.Width(prompt)
		if cur := c.input.Cursor(); cur != nil {
			d.X += cur.X
		}
		lines = append(lines, t.Paint(theme.Strong, prompt)+c.input.View())
		if c.wrong {
			lines = append(lines, t.Paint(theme.Warn, theme.SymbolWarning+" That was not “"+c.Word+"”. esc goes back."))
		}
	case c.Ready(s):
		lines = append(lines, t.Paint(theme.Accent, theme.SymbolPointer+" enter: "+c.Yes)+t.Paint(theme.Muted, "     esc: back"))
	default:
		lines = append(lines, t.Paint(theme.Muted, "  enter: "+c.Yes+"     esc: back"))
	}
	height = min(height, len(lines)+2)
	d.Lines = widget.Box(t, c.Title, "", lines, max(0, len(lines)+2-height), width, height)
	return d
}

// Key implements [wizard.Overlay].
func (c *Confirmation) Key(s *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		s.CloseOverlay()
		return nil
	case "enter":
		switch {
		case c.Word != "" && strings.TrimSpace(c.input.Value()) != c.Word:
			c.wrong = true
			return nil
		case !c.Ready(s) || k.IsRepeat:
			return nil
		}
		s.CloseOverlay()
		return c.Accept(s)
	}
	if c.Word != "" {
		c.wrong = false
		c.input, _ = c.input.Update(k)
	}
	return nil
}

// Paste does nothing: what confirms is typed.
func (c *Confirmation) Paste(*wizard.Session, string) {}
