package ui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// overlay lies on top of the page and takes all keys but ctrl+c.
type overlay interface {
	// draw draws the overlay, a box of at most a size; the cursor is relative
	// to its upper left corner.
	draw(m *Model, width, height int) drawing
	key(m *Model, k tea.KeyPressMsg) tea.Cmd
	paste(m *Model, text string)
}

var (
	_ overlay = (*reader)(nil)
	_ overlay = (*confirmation)(nil)
	_ overlay = palette{}
)

// overlay returns the one on top, or nil.
func (m *Model) overlay() overlay {
	if len(m.overlays) == 0 {
		return nil
	}
	return m.overlays[len(m.overlays)-1]
}

func (m *Model) open(o overlay) { m.overlays = append(m.overlays, o) }

func (m *Model) closeOverlay() {
	if n := len(m.overlays); n > 0 {
		m.overlays = m.overlays[:n-1]
	}
}

// reader is a text to read: an explanation, or commands.
type reader struct {
	title  string
	lines  func(m *Model, width int) []string
	offset int
	length int // lines when last drawn
	room   int
	own    keys.Action // closes the overlay like esc does
}

func (r *reader) draw(m *Model, width, height int) drawing {
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

func (r *reader) key(m *Model, k tea.KeyPressMsg) tea.Cmd {
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

func (r *reader) paste(*Model, string) {}

// newExplanation is the long explanation of the page, and its keys.
func newExplanation(m *Model) *reader {
	return &reader{title: m.page().facts().title, own: keys.Explain, lines: func(m *Model, width int) []string {
		lines := widget.Wrap(m.page().guide(m).about, width)
		if more := explanation(m, m.page(), width); len(more) > 0 {
			lines = append(append(lines, ""), more...)
		}
		lines = append(lines, "", m.theme.Paint(theme.Title, "Keys"))
		return append(lines, keyHelp(m, width)...)
	}}
}

// keyHelp lists the keys, those of the page first.
func keyHelp(m *Model, width int) []string {
	var out []string
	own := m.page().offers(m)
	add := func(b keys.Binding) {
		if len(b.Keys) == 0 {
			return
		}
		name := b.About
		switch l := m.page().label(m, b.Action); {
		case l == noAction:
			return
		case l != "" && l != b.Name:
			name = l + ": " + name
		}
		out = append(out, helpLine(m.theme, b.AllKeys(), name, width)...)
	}
	seen := map[keys.Action]bool{}
	for _, a := range own {
		if !seen[a] {
			add(keys.OnPages.Binding(a))
		}
		seen[a] = true
	}
	if pane := m.shownPane(); pane != nil {
		out = append(out, "", m.theme.Paint(theme.Title, "Keys of the live view "+pane.Title()+", after tab"))
		for _, c := range pane.Commands() {
			out = append(out, helpLine(m.theme, c.Keys, c.About, width)...)
		}
		out = append(out, "", m.theme.Paint(theme.Title, "Everywhere"))
	}
	for b := range keys.OnPages.Bindings() {
		if (b.Always || b.Moves) && !seen[b.Action] {
			add(b)
		}
	}
	return out
}

// helpLine is a line of the help: keys, and what they do.
func helpLine(t *theme.Theme, keys, about string, width int) []string {
	var out []string
	for _, line := range widget.Wrap(about, width-24) {
		out = append(out, t.Paint(theme.Key, widget.Fit(keys, 22))+"  "+line)
		keys = ""
	}
	return out
}

// confirmation asks before something that matters. It cannot be answered by a
// key that was meant for something else: it does not listen until the keyboard
// has been quiet for a moment, and where it matters most a word must be typed.
type confirmation struct {
	title  string
	lines  func(m *Model, width int) []string
	yes    string // what enter does, once the confirmation listens
	word   string // must be typed; empty: enter is enough
	quiet  time.Duration
	opened time.Time
	accept func(m *Model) tea.Cmd
	input  textinput.Model
	wrong  bool
}

func newConfirmation(m *Model, c confirmation) *confirmation {
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
func (c *confirmation) ready(m *Model) bool {
	last := c.opened
	if m.quiet.After(last) {
		last = m.quiet
	}
	return c.word != "" || c.quiet == 0 || m.env.now().Sub(last) >= c.quiet
}

func (c *confirmation) draw(m *Model, width, height int) drawing {
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

func (c *confirmation) key(m *Model, k tea.KeyPressMsg) tea.Cmd {
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
func (c *confirmation) paste(*Model, string) {}

// newLeaving asks before the answers given so far are lost.
func newLeaving() *confirmation {
	return &confirmation{
		title: "Leave podsg?",
		yes:   "leave",
		lines: func(m *Model, width int) []string {
			lines := widget.Wrap("Nothing has been changed. The answers given on these pages are not kept.", width)
			if m.options.SaveAnswers != nil {
				lines = append(lines, widget.Wrap("To keep them, go back and press w.", width)...)
			}
			return lines
		},
		accept: func(m *Model) tea.Cmd { return m.quit(true) },
	}
}
