package widget

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"podsg/ui/theme"
)

// Command is something that can be done: by a key, or by its name in a
// [Palette].
type Command struct {
	Key   string // the key as the footer writes it; empty: it has none
	Keys  string // all of its keys, for the help
	Name  string // a word or two for the footer; empty: not there
	About string // what it does, as one line
	Run   func() tea.Cmd
}

// Palette finds a command by what it is called.
type Palette struct {
	title    string
	input    textinput.Model
	commands []Command
	found    []int
	cursor   int
	top      int
}

// NewPalette makes a palette of commands.
func NewPalette(title string, commands []Command) *Palette {
	p := &Palette{title: title, input: textinput.New(), commands: commands}
	p.input.Prompt = ""
	p.input.SetVirtualCursor(false)
	p.input.KeyMap.Paste.SetEnabled(false)
	p.input.Focus()
	p.find()
	return p
}

// abouts makes commands searchable.
type abouts []Command

func (a abouts) String(i int) string { return a[i].About }
func (a abouts) Len() int            { return len(a) }

func (p *Palette) find() {
	p.cursor, p.top = 0, 0
	p.found = p.found[:0]
	if p.input.Value() == "" {
		for i := range p.commands {
			p.found = append(p.found, i)
		}
		return
	}
	for _, match := range fuzzy.FindFrom(p.input.Value(), abouts(p.commands)) {
		p.found = append(p.found, match.Index)
	}
}

// Draw draws the palette as a box of at most a size.
func (p *Palette) Draw(t *theme.Theme, width, height int) Drawing {
	width = min(width, 76)
	height = min(height, 18, len(p.commands)+4)
	inner := width - 4
	p.input.SetWidth(inner - 4)
	lines := []string{t.Paint(theme.Key, theme.SymbolPointer+" ") + p.input.View(), ""}
	rows := height - 4
	p.top = max(0, min(p.top, p.cursor))
	if p.cursor >= p.top+rows {
		p.top = p.cursor - rows + 1
	}
	for i := p.top; i < min(p.top+rows, len(p.found)); i++ {
		c := p.commands[p.found[i]]
		line := Ends("  "+c.About, c.Key+" ", inner)
		if i == p.cursor {
			line = t.PaintSelected(theme.Plain, Ends(theme.SymbolPointer+" "+c.About, c.Key+" ", inner))
		}
		lines = append(lines, line)
	}
	if len(p.found) == 0 {
		lines = append(lines, t.Paint(theme.Muted, "  nothing is called that"))
	}
	d := Drawing{Lines: Box(t, p.title, "enter runs · esc closes", lines, 0, width, height), HasText: true, X: 4, Y: 1}
	if c := p.input.Cursor(); c != nil {
		d.X += c.X
	}
	return d
}

// Key takes a key. It returns the command that was chosen, if any, and whether
// the palette is to be closed.
func (p *Palette) Key(k tea.KeyPressMsg) (chosen *Command, closed bool) {
	switch k.String() {
	case "esc", "ctrl+k":
		return nil, true
	case "up", "ctrl+p":
		p.cursor = max(0, p.cursor-1)
	case "down", "ctrl+n", "tab":
		p.cursor = min(p.cursor+1, max(0, len(p.found)-1))
	case "enter":
		if p.cursor < len(p.found) {
			return &p.commands[p.found[p.cursor]], true
		}
	default:
		p.input, _ = p.input.Update(k)
		p.find()
	}
	return nil, false
}

// Paste adds a pasted text's first line to what is looked for.
func (p *Palette) Paste(text string) {
	p.input, _ = p.input.Update(tea.PasteMsg{Content: FirstLine(text)})
	p.find()
}
