package say

import (
	"strings"

	"golang.org/x/text/language"
)

// Pseudo is a language that nobody speaks: English with accents, and a third
// longer. What a test shows in it without accents did not go through a [Text],
// and what does not fit on a page would not fit in German either.
var Pseudo = Language{tag: language.English, translate: pseudo}

var accents = strings.NewReplacer(
	"a", "á", "e", "é", "i", "í", "o", "ó", "u", "ú", "y", "ý", "c", "ç", "n", "ñ",
	"A", "Á", "E", "É", "I", "Í", "O", "Ó", "U", "Ú", "C", "Ç", "N", "Ñ",
)

// pseudo accents a format and makes it longer, and leaves its verbs as they are.
func pseudo(format string) string {
	var b strings.Builder
	rest := format
	for rest != "" {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			i = len(rest)
		}
		b.WriteString(accents.Replace(rest[:i]))
		rest = rest[i:]
		if rest == "" {
			break
		}
		// A verb ends with its first letter or percent sign.
		end := 1 + strings.IndexFunc(rest[1:], func(r rune) bool {
			return r == '%' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		})
		b.WriteString(rest[:end+1])
		rest = rest[end+1:]
	}
	if words := strings.Fields(format); len(words) > 1 {
		b.WriteString(strings.Repeat(" ·", (len(words)+2)/3))
	}
	return b.String()
}
