package clean

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
		{"what has no width goes", "a\u200bb\u2060\ufeffc\u00ad", "abc"},
		{"separators of lines are spaces", "a\u2028b", "a b"},
		{"a title that does not end hides nothing", "a\x1b]0;b\nc", "a0;b\nc"},
		{"sequences of one byte go", "a\u009b31mb\u009d0;owned\u009cc", "abc"},
		{"the clipboard is not set", "\x1b]52;c;cm0gLXJm\x1b\\ok", "ok"},
		{"a lone escape goes", "a\x1b", "a"},
		{"bytes that are no text are marked", "a\xffb", "a�b"},
	} {
		if got := Text(c.in); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.what, c.in, got, c.want)
		}
	}
	if got := Line("a\nb\r\n"); got != "a b " {
		t.Errorf("one line: %q", got)
	}
}

func TestColoursOfPodsgStayAndOthersGo(t *testing.T) {
	if got := Coloured("\x1b[32mpass\x1b[0m \x1b[8mhidden\x1b[2J\x1b]0;t\a", "\x1b[32m", "\x1b[0m"); got != "\x1b[32mpass\x1b[0m hidden" {
		t.Errorf("%q", got)
	}
}
