package widget

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
)

// Option is one of the values that a field can have.
type Option struct {
	Value string
	Label string
}

// Field is one answer of a form: a text, or one of several options.
type Field struct {
	Key     string // names the field to whoever asked for it
	Label   string
	Value   string
	Options []Option // empty: a text
	Source  string   // where the value came from
	Help    string   // shown under the field that has the focus
	Empty   string   // shown in place of an empty text
	// Validate refuses a text, and says what is allowed.
	Validate func(string) error
}

// Form is a list of fields, one of which has the focus. Texts are changed in
// place once editing has begun, so that a stray letter changes nothing.
type Form struct {
	fields []Field
	cursor int
	input  textinput.Model
	edits  bool
	err    error // of the text that is being edited
}

// NewForm makes an empty form.
func NewForm() *Form {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false)
	// Pasting is the terminal's: a key that runs a clipboard program has no
	// place here.
	in.KeyMap.Paste.SetEnabled(false)
	return &Form{input: in}
}

// Set replaces the fields; the focus stays on the field with its key.
func (f *Form) Set(fields []Field) {
	key := f.Key()
	f.fields = fields
	f.Focus(key)
	f.cursor = max(0, min(f.cursor, len(fields)-1))
}

// Key is the key of the field that has the focus.
func (f *Form) Key() string {
	if f.cursor < len(f.fields) {
		return f.fields[f.cursor].Key
	}
	return ""
}

// Focus moves the focus to the field with a key.
func (f *Form) Focus(key string) {
	for i, field := range f.fields {
		if field.Key == key {
			f.cursor = i
		}
	}
}

// Move moves the focus by fields.
func (f *Form) Move(by int) {
	f.cursor = max(0, min(f.cursor+by, len(f.fields)-1))
}

// IsText reports whether the focus is on a text.
func (f *Form) IsText() bool {
	return f.cursor < len(f.fields) && len(f.fields[f.cursor].Options) == 0
}

// Cycle chooses the option that is by places further on.
func (f *Form) Cycle(by int) (key, value string, changed bool) {
	if f.cursor >= len(f.fields) || len(f.fields[f.cursor].Options) == 0 {
		return "", "", false
	}
	field := &f.fields[f.cursor]
	at := 0
	for i, o := range field.Options {
		if o.Value == field.Value {
			at = i
		}
	}
	n := len(field.Options)
	field.Value = field.Options[((at+by)%n+n)%n].Value
	return field.Key, field.Value, true
}

// Editing reports whether a text is being changed.
func (f *Form) Editing() bool { return f.edits }

// Edit begins changing the text that has the focus.
func (f *Form) Edit() bool {
	if !f.IsText() {
		return false
	}
	f.edits, f.err = true, nil
	f.input.SetValue(f.fields[f.cursor].Value)
	f.input.CursorEnd()
	f.input.Focus()
	return true
}

// Cancel ends editing and keeps the old text.
func (f *Form) Cancel() {
	f.edits, f.err = false, nil
	f.input.Blur()
}

// Commit ends editing with the new text, unless it is not allowed.
func (f *Form) Commit() (key, value string, ok bool) {
	field := &f.fields[f.cursor]
	value = strings.TrimSpace(f.input.Value())
	if field.Validate != nil {
		if f.err = field.Validate(value); f.err != nil {
			return "", "", false
		}
	}
	f.Cancel()
	field.Value = value
	return field.Key, value, true
}

// Type gives the text that is being edited a key.
func (f *Form) Type(k tea.KeyPressMsg) {
	f.err = nil
	// The input's commands only make its cursor blink; the terminal does that.
	f.input, _ = f.input.Update(k)
}

// Paste puts a pasted text's first line into the text that is being edited.
func (f *Form) Paste(text string) {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	f.err = nil
	f.input, _ = f.input.Update(tea.PasteMsg{Content: strings.TrimRight(line, "\r")})
}

// Drawing is a drawn form: its lines, the line that must stay visible, and the
// place of the text cursor while a text is being edited.
type Drawing struct {
	Lines   []string
	Follow  bool // Focus must stay visible
	Focus   int
	HasText bool
	X, Y    int
}

// Draw draws the form in a width.
func (f *Form) Draw(th *theme.Theme, width int) Drawing {
	d := Drawing{Follow: true}
	label := 0
	for _, field := range f.fields {
		label = max(label, Width(field.Label))
	}
	label = min(label, width/3) + 2
	for i, field := range f.fields {
		focused := i == f.cursor
		if focused {
			d.Focus = len(d.Lines)
		}
		pointer, name := "  ", th.Paint(theme.Plain, Fit(field.Label, label))
		if focused {
			pointer, name = th.Paint(theme.Accent, theme.SymbolPointer+" "), th.Paint(theme.Accent, Fit(field.Label, label))
		}
		room := width - 2 - label
		switch {
		case focused && f.edits:
			f.input.SetWidth(max(1, room-1))
			d.HasText, d.Y = true, len(d.Lines)
			d.X = 2 + label
			if c := f.input.Cursor(); c != nil {
				d.X += c.X
			}
			d.Lines = append(d.Lines, pointer+name+Fit(f.input.View(), room))
			d.Lines = append(d.Lines, strings.Repeat(" ", 2+label)+th.Paint(theme.Rule, strings.Repeat("─", min(room, 40))))
		case len(field.Options) > 0:
			for _, line := range f.options(th, field, focused, room) {
				d.Lines = append(d.Lines, pointer+name+line)
				pointer, name = "  ", strings.Repeat(" ", label)
			}
		default:
			d.Lines = append(d.Lines, pointer+name+f.text(th, field, room))
		}
		if !focused {
			continue
		}
		if f.err != nil {
			for _, line := range Wrap(f.err.Error(), room-2) {
				d.Lines = append(d.Lines, strings.Repeat(" ", 2+label)+th.Paint(theme.Bad, theme.SymbolFailed+" "+line))
			}
		} else if field.Help != "" {
			for _, line := range Wrap(field.Help, room) {
				d.Lines = append(d.Lines, strings.Repeat(" ", 2+label)+th.Paint(theme.Muted, line))
			}
		}
	}
	return d
}

func (f *Form) text(th *theme.Theme, field Field, room int) string {
	value, tone := field.Value, theme.Strong
	if value == "" {
		value, tone = field.Empty, theme.Muted
	}
	value = Cut(value, room)
	line := th.Paint(tone, value)
	if left := room - Width(value) - 2; field.Source != "" && left > 5 {
		line += "  " + th.Paint(theme.Muted, Cut(field.Source, left))
	}
	return line
}

// options draws the options beside each other, or, where they do not fit,
// below each other.
func (f *Form) options(th *theme.Theme, field Field, focused bool, room int) []string {
	parts := make([]string, len(field.Options))
	sum := 0
	for i, o := range field.Options {
		symbol, tone := theme.SymbolTodo, theme.Muted
		if o.Value == field.Value {
			symbol, tone = theme.SymbolCurrent, theme.Strong
			if focused {
				tone = theme.Accent
			}
		}
		text := symbol + " " + o.Label
		sum += Width(text) + 3
		parts[i] = th.Paint(tone, text)
	}
	if sum-3 > room {
		if field.Source != "" {
			parts = append(parts, th.Paint(theme.Muted, Cut(field.Source, room)))
		}
		return parts
	}
	line := strings.Join(parts, "   ")
	if left := room - (sum - 3) - 3; field.Source != "" {
		if left >= Width(field.Source) {
			return []string{line + "   " + th.Paint(theme.Muted, field.Source)}
		}
		return []string{line, th.Paint(theme.Muted, Cut(field.Source, room))}
	}
	return []string{line}
}
