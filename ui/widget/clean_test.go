package widget

import "testing"

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
