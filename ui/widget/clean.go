package widget

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes a text from outside harmless on a screen: escape sequences and
// control characters would move the cursor, and marks of the writing direction
// would turn the rest of the line round. Tabs become spaces; newlines stay.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		default:
			return r
		}
	}, ansi.Strip(strings.ToValidUTF8(s, "�")))
}

// CleanLine is [Clean] for what must stay one line: newlines become spaces.
func CleanLine(s string) string {
	if s = Clean(s); strings.IndexByte(s, '\n') >= 0 {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	return s
}

// isClean spares nearly all texts the work: they are printable ASCII.
func isClean(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' || c >= 0x7f {
			return c >= utf8.RuneSelf && isCleanUTF8(s[i:])
		}
	}
	return true
}

func isCleanUTF8(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return false
		}
	}
	return true
}

// FirstLine is what a field of one line takes of a pasted text: its first line.
// Terminals send a carriage return for each newline.
func FirstLine(text string) string {
	text = strings.TrimLeft(text, "\r\n")
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		text = text[:end]
	}
	return Clean(text)
}
