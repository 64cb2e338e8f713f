package widget

import "testing"

func TestTextsFromOutsideCannotMoveTheCursorOrTurnALineRound(t *testing.T) {
	for _, c := range []struct{ what, in, want string }{
		{"plain text stays", "green-pod 安全组 é …", "green-pod 安全组 é …"},
		{"newlines stay", "a\nb", "a\nb"},
		{"colours go", "\x1b[31mred\x1b[0m", "red"},
		{"a title goes with its text", "a\x1b]0;owned\x07b", "ab"},
		{"carriage returns go", "over\rwritten\r\n", "overwritten\n"},
		{"tabs are spaces", "a\tb", "a b"},
		{"bells, deletes and C1 controls go", "a\x07\x7f\u0085b", "ab"},
		{"direction marks go", "a\u202eb", "ab"},
		{"bytes that are no text are marked", "a\xffb", "a�b"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.what, c.in, got, c.want)
		}
	}
	if got := CleanLine("a\nb\r\n"); got != "a b " {
		t.Errorf("one line: %q", got)
	}
}

func TestAFieldOfOneLineTakesTheFirstLineOfAPaste(t *testing.T) {
	for in, want := range map[string]string{
		"sg-1\rsg-2":             "sg-1",
		"sg-1\r\nsg-2":           "sg-1",
		"\r\nsg-1\nsg-2":         "sg-1",
		"\x1b[200~sg-1\x1b[201~": "sg-1",
		"s\x00g-\x1b[31m1\t":     "sg-1 ",
	} {
		if got := FirstLine(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	form := NewForm()
	form.Set([]Field{{Key: "name"}})
	form.Edit()
	form.Paste("\x1b[1mworkshop\rother")
	palette := NewPalette("All actions", []Command{{About: "Quit"}})
	palette.Paste("Quit\rnow")
	_, typed, _ := form.Commit()
	if typed != "workshop" || palette.input.Value() != "Quit" {
		t.Errorf("the field is %q, the palette %q", typed, palette.input.Value())
	}
}
