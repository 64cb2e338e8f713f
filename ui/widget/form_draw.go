package widget

import (
	"strings"

	"podsg/ui/theme"
)

// Drawing is what was drawn: its lines, the line that must stay visible when
// they do not all fit, and the place of the text cursor while a text is edited.
type Drawing struct {
	Lines   []string
	Follow  bool // Focus must stay visible
	Focus   int
	HasText bool
	X, Y    int
}

// Draw draws the form in a width: a line for each field with the source of its
// value, and under the field that has the focus its help, or why the text is
// refused.
func (f *Form) Draw(th *theme.Theme, width int) Drawing {
	d := Drawing{Follow: true}
	label := 0
	for _, field := range f.fields {
		label = max(label, Width(field.Label))
	}
	label = min(label, width/3) + 2
	room := width - 2 - label
	below := func(tone theme.Tone, text string) {
		for _, line := range Wrap(text, room) {
			d.Lines = append(d.Lines, strings.Repeat(" ", 2+label)+th.Paint(tone, line))
		}
	}
	for i, field := range f.fields {
		focused := i == f.cursor
		head := "  " + th.Paint(theme.Plain, Fit(field.Label, label-2)+"  ")
		if focused {
			d.Focus = len(d.Lines)
			head = th.Paint(theme.Accent, theme.SymbolPointer+" "+Fit(field.Label, label-2)+"  ")
		}
		switch {
		case focused && f.edits:
			f.input.SetWidth(max(1, room-1))
			d.HasText, d.X, d.Y = true, 2+label, len(d.Lines)
			if c := f.input.Cursor(); c != nil {
				d.X += c.X
			}
			d.Lines = append(d.Lines, head+Fit(f.input.View(), room))
			below(theme.Rule, strings.Repeat("─", min(room, 40)))
		default:
			values := f.values(th, field, focused, room)
			last := values[len(values)-1]
			left := room - Width(last) - 3
			hanging := ""
			switch {
			case field.Source == "":
			case Width(field.Source) <= left, !focused && left >= 16:
				values[len(values)-1] += "   " + th.Paint(theme.Muted, Cut(field.Source, left))
			case focused:
				hanging = field.Source
			default:
				hanging = Cut(field.Source, room)
			}
			for _, value := range values {
				d.Lines = append(d.Lines, head+value)
				head = strings.Repeat(" ", 2+label)
			}
			below(theme.Muted, hanging)
		}
		switch {
		case !focused:
		case f.err != nil:
			below(theme.Bad, theme.SymbolFailed+" "+f.err.Error())
		default:
			below(theme.Muted, field.Help)
		}
	}
	return d
}

// values draws a field's text, or its options beside each other, or below each
// other where they do not fit.
func (f *Form) values(th *theme.Theme, field Field, focused bool, room int) []string {
	if len(field.Options) == 0 {
		if field.Value == "" {
			return []string{th.Paint(theme.Muted, Cut(field.Empty, room))}
		}
		return []string{th.Paint(theme.Strong, Cut(field.Value, room))}
	}
	parts := make([]string, len(field.Options))
	for i, o := range field.Options {
		symbol, tone := theme.SymbolTodo, theme.Muted
		if o.Value == field.Value {
			symbol, tone = theme.SymbolCurrent, theme.Strong
			if focused {
				tone = theme.Accent
			}
		}
		parts[i] = th.Paint(tone, Cut(symbol+" "+o.Label, room))
	}
	if line := strings.Join(parts, "   "); Width(line) <= room {
		return []string{line}
	}
	return parts
}
