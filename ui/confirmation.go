package ui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// confirmation asks before something that matters. It cannot be answered by a
// key that was meant for something else: it does not listen until the keyboard
// has been quiet for a moment, and where it matters most a word must be typed.
type confirmation struct {
	title  string
	lines  func(m *Session, width int) []string
	yes    string // what enter does, once the confirmation listens
	word   string // must be typed; empty: enter is enough
	quiet  time.Duration
	opened time.Time
	accept func(m *Session) tea.Cmd
	input  textinput.Model
	wrong  bool
}

func newConfirmation(m *Session, c confirmation) *confirmation {
	c.opened = m.env.now()
	c.input = textinput.New()
	c.input.Prompt = ""
	c.input.SetVirtualCursor(false)
	c.input.SetWidth(20)
	c.input.KeyMap.Paste.SetEnabled(false)
	c.input.Focus()
	return &c
}

// ready reports whether the keyboard has been quiet for long enough.
func (c *confirmation) ready(m *Session) bool {
	last := c.opened
	if m.quiet.After(last) {
		last = m.quiet
	}
	return c.word != "" || c.quiet == 0 || m.env.now().Sub(last) >= c.quiet
}

func (c *confirmation) draw(m *Session, width, height int) drawing {
	width = min(width, 70)
	t := m.theme
	lines := c.lines(m, width-4)
	lines = append(lines, "")
	var d drawing
	switch {
	case c.word != "":
		prompt := "Type " + c.word + " and press enter: "
		d.HasText, d.Y, d.X = true, len(lines)+1, 2+widget.Width(prompt)
		if cur := c.input.Cursor(); cur != nil {
			d.X += cur.X
		}
		lines = append(lines, t.Paint(theme.Strong, prompt)+c.input.View())
		if c.wrong {
			lines = append(lines, t.Paint(theme.Warn, theme.SymbolWarning+" That was not “"+c.word+"”. esc goes back."))
		}
	case c.ready(m):
		lines = append(lines, t.Paint(theme.Accent, theme.SymbolPointer+" enter: "+c.yes)+t.Paint(theme.Muted, "     esc: back"))
	default:
		lines = append(lines, t.Paint(theme.Muted, "  enter: "+c.yes+"     esc: back"))
	}
	height = min(height, len(lines)+2)
	d.Lines = widget.Box(t, c.title, "", lines, max(0, len(lines)+2-height), width, height)
	return d
}

func (c *confirmation) key(m *Session, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.closeOverlay()
		return nil
	case "enter":
		switch {
		case c.word != "" && strings.TrimSpace(c.input.Value()) != c.word:
			c.wrong = true
			return nil
		case !c.ready(m) || k.IsRepeat:
			return nil
		}
		m.closeOverlay()
		return c.accept(m)
	}
	if c.word != "" {
		c.wrong = false
		c.input, _ = c.input.Update(k)
	}
	return nil
}

// paste does nothing: what confirms is typed.
func (c *confirmation) paste(*Session, string) {}
