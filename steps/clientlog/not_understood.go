package clientlog

import (
	"regexp"
	"slices"
	"strings"

	"podsg/steps/world"
)

// NotUnderstood marks a line that tells of an error in words that no rule knows.
// It is shown as it is: silence would be taken for health.
const NotUnderstood = "?"

var (
	// errorWords are what lines of errors have in common in most languages and
	// loggers.
	errorWords = regexp.MustCompile(`(?i)\b(?:errors?|exception|fatal|panic|fail(?:ed|ure)?|time[d -]?out|refused|rejected|unreachable|denied|cannot|can't|could not|couldn't|unable to|E[A-Z]{5,})\b|(?:Error|Exception)\b`)
	// noErrorWords say that there is none, or name a place in a program.
	noErrorWords = regexp.MustCompile(`(?i)\b(?:no|0|without|zero) (?:errors?|failures?)\b|\b(?:errors?|failed|failures?|err)["']?[=:] ?["']?(?:0|nil|null|none|<nil>|false)\b|error=<nil>|^\s+(?:at |File "|\.\.\. \d+ more)|\blevel["']?[=:] ?["']?(?:info|debug|trace)\b|/\S*error`)
	// aboutConnections are the words of a line that may be about a connection.
	aboutConnections = regexp.MustCompile(`(?i)connect|database|\bdb\b|sql|postgres|\bpool|socket|\bhosts?\b|\bdns\b|resolv|network|\bdial\b|\btcp\b|\bssl\b|\btls\b|certificate|log ?in\b|auth|time[d -]?out|unreachable|\bE[A-Z]{5,}\b`)
)

// notUnderstood is a line of an error that no rule knows, without what may be a
// secret.
func notUnderstood(line string) (world.LogTrouble, bool) {
	line = strings.TrimRight(plainLine(line), " ")
	if !errorWords.MatchString(line) || noErrorWords.MatchString(line) {
		return world.LogTrouble{}, false
	}
	return world.LogTrouble{Check: NotUnderstood, Text: withoutSecrets(line)}, true
}

// AboutConnection reports whether any of the words that were kept may be about
// a connection.
func AboutConnection(seen []Told) bool {
	return slices.ContainsFunc(seen, func(x Told) bool { return slices.ContainsFunc(x.words, aboutConnections.MatchString) })
}

var (
	// secretWords are followed by a secret.
	secretWords = regexp.MustCompile(`(?i)((?:passw(?:or)?d|pwd|passphrase|token|secret|credentials?|authorization|bearer|basic|api[-_]?key|access[-_]?key|private[-_]?key|signature|session|cookie)["']?(?:\s*(?:[=:]|is)\s*|\s+)["']?)((?:bearer|basic)\s+)?[^\s"',;&}]+`)
	// longWord may be a key or a token.
	longWord = regexp.MustCompile(`[A-Za-z0-9+/_=-]{20,}`)
	hasDigit = regexp.MustCompile(`\d`)
)

// withoutSecrets is a line, shortened, without what may be a secret in it.
func withoutSecrets(line string) string {
	line = secretWords.ReplaceAllString(line, "$1$2…")
	line = longWord.ReplaceAllStringFunc(line, func(w string) string {
		if hasDigit.MatchString(w) {
			return "…"
		}
		return w
	})
	words := strings.Fields(line)
	for i, w := range words {
		if strings.Contains(w, "@") || strings.Contains(w, "://") {
			words[i] = "…"
		}
	}
	out := []rune(strings.Join(words, " "))
	if len(out) > longestWords {
		return string(out[:longestWords-1]) + "…"
	}
	return string(out)
}

// lastNotUnderstood keeps of the lines that nobody understood the newest ones.
func lastNotUnderstood(all []world.LogTrouble) []world.LogTrouble {
	n := 0
	var out []world.LogTrouble
	for _, x := range slices.Backward(all) {
		if x.Check == NotUnderstood {
			if n++; n > manyWords {
				continue
			}
		}
		out = append(out, x)
	}
	slices.Reverse(out)
	return out
}
