// Package clean makes texts that were read harmless where they are printed. Names,
// tags, events and logs are of others: an escape sequence in one would move the
// cursor, set the title or the clipboard, a newline would forge a line of podsg's,
// and marks of the writing direction would turn the rest of the line round.
package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a text without escape sequences, control characters, and characters that
// turn the direction of writing round or have no width. Tabs become spaces; newlines
// stay.
func Text(s string) string { return strip(s, nil) }

// Line is [Text] for what must stay one line: newlines become spaces.
func Line(s string) string {
	if s = Text(s); strings.IndexByte(s, '\n') >= 0 {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	return s
}

// Lines are texts of one line each.
func Lines(texts []string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = Line(s)
	}
	return out
}

// Coloured is [Text] for what podsg itself has coloured: the given sequences, which
// set colours and nothing else, stay.
func Coloured(s string, colours ...string) string {
	return strip(s, func(s string) int {
		for _, c := range colours {
			if strings.HasPrefix(s, c) {
				return len(c)
			}
		}
		return 0
	})
}

// StyledLine is [Line] for a line of a screen that podsg has styled: sequences that
// set styles stay.
func StyledLine(s string) string {
	return strings.ReplaceAll(strip(s, func(s string) int {
		if !strings.HasPrefix(s, "\x1b[") {
			return 0
		}
		if n := sequence(s); s[n-1] == 'm' && strings.Trim(s[2:n-1], "0123456789;:") == "" {
			return n
		}
		return 0
	}), "\n", " ")
}

// Visible reports whether a character may be on a screen as it is.
func Visible(r rune) bool {
	return r >= ' ' && r < 0x7f || r > 0x9f && !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// strip removes what is not visible, and of escape sequences their texts too. kept
// says how long one is with which a text begins that stays.
func strip(s string, kept func(s string) int) string {
	if isClean(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "�")
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '\x1b' || r >= 0x80 && r <= 0x9f:
			if kept != nil {
				if n := kept(s); n > 0 {
					b.WriteString(s[:n])
					s = s[n:]
					continue
				}
			}
			s = s[sequence(s):]
			continue
		case r == '\n' || Visible(r):
			b.WriteRune(r)
		case r == '\t':
			b.WriteByte(' ')
		case unicode.In(r, unicode.Zl, unicode.Zp):
			b.WriteByte(' ')
		}
		s = s[size:]
	}
	return b.String()
}

// sequence is how long the escape sequence is with which a text begins. One that does
// not end takes nothing but its introducer: what follows is text.
func sequence(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if r == '\x1b' {
		if len(s) == 1 {
			return 1
		}
		r, size = rune(s[1])+0x40, 2
		if s[1] < 0x40 || s[1] > 0x5f {
			if s[1] < ' ' || s[1] > '~' {
				return 1
			}
			return 2
		}
	}
	switch r {
	case 0x9b: // CSI
		for i := size; i < len(s); i++ {
			switch c := s[i]; {
			case c >= 0x40 && c <= 0x7e:
				return i + 1
			case c < 0x20 || c > 0x3f:
				return i
			}
		}
		return len(s)
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // DCS, SOS, OSC, PM, APC: a text up to ST
		for i := size; i < len(s) && s[i] != '\n'; i++ {
			switch {
			case s[i] == '\a':
				return i + 1
			case s[i] == '\x1b' && strings.HasPrefix(s[i:], "\x1b\\"), strings.HasPrefix(s[i:], "\u009c"):
				return i + 2
			}
		}
	}
	return size
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
		if r != '\n' && !Visible(r) {
			return false
		}
	}
	return true
}
