package widget

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
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
	f.err = nil
	f.input, _ = f.input.Update(tea.PasteMsg{Content: FirstLine(text)})
}
