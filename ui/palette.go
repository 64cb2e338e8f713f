package ui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// palette finds any action by name.
type palette struct {
	input   textinput.Model
	entries []entry
	found   []int
	cursor  int
	top     int
}

// entry is one line of the palette.
type entry struct {
	text string
	keys string
	run  func(m *Model) tea.Cmd
}

// entries make a palette searchable.
type entries []entry

func (e entries) String(i int) string { return e[i].text }
func (e entries) Len() int            { return len(e) }

func newPalette(m *Model) *palette {
	p := &palette{input: textinput.New(), entries: paletteEntries(m)}
	p.input.Prompt = ""
	p.input.SetVirtualCursor(false)
	p.input.KeyMap.Paste.SetEnabled(false)
	p.input.Focus()
	p.find()
	return p
}

// paletteEntries lists what can be done now: the actions of the table of keys,
// and the pages that have been reached.
func paletteEntries(m *Model) []entry {
	var out []entry
	for _, b := range bindings {
		if b.hidden || !m.offered(b) {
			continue
		}
		name := b.name
		if l := m.page().label(m, b.act); l != "" {
			name = l
		}
		if name == "-" {
			continue
		}
		out = append(out, entry{text: strings.ToUpper(name[:1]) + name[1:] + ": " + b.about, keys: b.keyLabel(false), run: func(m *Model) tea.Cmd { return m.do(b.act) }})
	}
	for i, p := range m.pages {
		if i > m.reached || m.run.active() || p == m.page() {
			continue
		}
		out = append(out, entry{text: fmt.Sprintf("Go to page %d, %s", i+1, p.facts().title), run: func(m *Model) tea.Cmd {
			m.show(i)
			return nil
		}})
	}
	return out
}

// offered reports whether an action means something on the page that is shown.
func (m *Model) offered(b binding) bool {
	switch b.act {
	case actSave:
		return m.options.SaveAnswers != nil
	case actDiagnose:
		return m.world.obs != nil && !m.diagnose && !m.run.active()
	case actWizard:
		return m.diagnose && m.options.Start == StartWizard
	case actRetry:
		return !m.run.active()
	}
	if b.always {
		return true
	}
	for _, a := range m.page().offers(m) {
		if a == b.act {
			return true
		}
	}
	return false
}

func (p *palette) find() {
	p.cursor, p.top = 0, 0
	p.found = p.found[:0]
	if p.input.Value() == "" {
		for i := range p.entries {
			p.found = append(p.found, i)
		}
		return
	}
	for _, match := range fuzzy.FindFrom(p.input.Value(), entries(p.entries)) {
		p.found = append(p.found, match.Index)
	}
}

func (p *palette) draw(m *Model, width, height int) drawing {
	width = min(width, 76)
	height = min(height, 18, len(p.entries)+4)
	t, inner := m.theme, width-4
	p.input.SetWidth(inner - 4)
	lines := []string{t.Paint(theme.Key, theme.SymbolPointer+" ") + p.input.View(), ""}
	rows := height - 4
	p.top = max(0, min(p.top, p.cursor))
	if p.cursor >= p.top+rows {
		p.top = p.cursor - rows + 1
	}
	for i := p.top; i < min(p.top+rows, len(p.found)); i++ {
		e := p.entries[p.found[i]]
		line := widget.Ends("  "+e.text, e.keys+" ", inner)
		if i == p.cursor {
			line = t.PaintSelected(theme.Plain, widget.Ends(theme.SymbolPointer+" "+e.text, e.keys+" ", inner))
		}
		lines = append(lines, line)
	}
	if len(p.found) == 0 {
		lines = append(lines, t.Paint(theme.Muted, "  nothing is called that"))
	}
	d := drawing{Lines: widget.Box(t, "All actions", "enter runs · esc closes", lines, 0, width, height), HasText: true, X: 4, Y: 1}
	if c := p.input.Cursor(); c != nil {
		d.X += c.X
	}
	return d
}

func (p *palette) key(m *Model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc", "ctrl+k":
		m.closeOverlay()
	case "up", "ctrl+p":
		p.cursor = max(0, p.cursor-1)
	case "down", "ctrl+n", "tab":
		p.cursor = min(p.cursor+1, max(0, len(p.found)-1))
	case "enter":
		if p.cursor < len(p.found) {
			m.closeOverlay()
			return p.entries[p.found[p.cursor]].run(m)
		}
	default:
		p.input, _ = p.input.Update(k)
		p.find()
	}
	return nil
}

func (p *palette) paste(_ *Model, text string) {
	p.input, _ = p.input.Update(tea.PasteMsg{Content: text})
	p.find()
}
