package clientlog

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"podsg/steps/world"
)

// LogTroubleIn tells what a line of a pod's log says of its connection to a
// PostgreSQL database, by the words of the usual clients. It keeps those words
// and not the line, which may hold anything: a name that does not look like one,
// and whatever stands in the line as a password, is left out.
func LogTroubleIn(line string) (world.LogTrouble, bool) {
	line = plainLine(line)
	for _, r := range logRules {
		at := r.words.FindStringIndex(line)
		if at == nil {
			continue
		}
		text := tidyWords(line[at[0]:at[1]])
		if r.loose {
			// The words alone could be of any program: they tell of a database where the
			// line names its client, or else together with other lines of the log.
			client := clientWords.FindString(line)
			if client == "" && !r.bare {
				continue
			}
			if client != "" {
				text = client + " … " + text
			}
		}
		if holdsPassword(line, text) {
			text = r.plain
		}
		return world.LogTrouble{Check: r.trouble, Text: text}, true
	}
	return world.LogTrouble{}, false
}

// vague says that the trouble's cause is in another line of the log.
func vague(t world.LogTrouble) bool { return vaguePattern.MatchString(t.Text) }

// bare says that the words could be of any program and any server.
func bare(t world.LogTrouble) bool {
	return slices.ContainsFunc(logRules, func(r logRule) bool {
		return r.bare && r.trouble == t.Check && r.words.FindString(t.Text) == t.Text
	})
}

// longestWords is how much of a line is kept at most.
const longestWords = 200

// plainLine is a line without control characters, and as it was before a JSON
// logger wrote it.
func plainLine(line string) string {
	line = strings.ReplaceAll(line, `\"`, `"`)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, line)
}

var (
	quotedWord   = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	plausible    = regexp.MustCompile(`^[\w.$ -]{0,100}$`)
	severalBlank = regexp.MustCompile(` {2,}`)
)

// tidyWords leaves out of matched words what is no name, address or path.
func tidyWords(text string) string {
	text = quotedWord.ReplaceAllStringFunc(text, func(q string) string {
		name := q[1 : len(q)-1]
		if _, err := netip.ParseAddr(name); err == nil || plausible.MatchString(name) || strings.HasPrefix(name, "/") && !strings.ContainsAny(name, "@:") {
			return q
		}
		return q[:1] + "…" + q[:1]
	})
	words := strings.Split(severalBlank.ReplaceAllString(text, " "), " ")
	for i, w := range words {
		if strings.Contains(w, "@") || strings.Contains(w, "://") {
			words[i] = "…"
		} else if i == len(words)-1 && !quotedWord.MatchString(w) {
			w, _, _ = strings.Cut(w, `\`)
			words[i] = strings.TrimRight(w, `"'.,;)}]`)
		}
	}
	out := []rune(strings.Join(words, " "))
	return string(out[:min(len(out), longestWords)])
}

// passwordWords are where lines hold passwords: in a URI, and after a keyword.
var passwordWords = regexp.MustCompile(`://[^\s/:@]*:(\S+)@|(?i:passw(?:or)?d|pwd)["']?\s*[=:]\s*["']?([^\s"',;&]+)`)

// holdsPassword reports whether the words that would be kept hold a password
// that the line has.
func holdsPassword(line, text string) bool {
	for _, m := range passwordWords.FindAllStringSubmatch(line, -1) {
		for _, p := range m[1:] {
			if p != "" && strings.Contains(text, p) {
				return true
			}
		}
	}
	return false
}
