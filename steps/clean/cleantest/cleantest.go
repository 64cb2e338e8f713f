// Package cleantest has a hostile name, and says whether it did any harm.
package cleantest

import (
	"strings"
	"testing"

	"podsg/steps/clean"
)

// Name is a name as nobody would give it: it sets the title, moves the cursor, hides
// what follows, rings, turns the line round, and forges a line of podsg's. What it
// says is "bad" and "thing".
const Name = "bad\x1b[2J\x1b[8m\x1b]0;owned\x07\r\x00\u009b1m\u202e\u200b\u2028\npass  D99 forged: thing"

// Printed fails the test if a text that holds [Name] would do more to a terminal than
// show it on one line. The names of surfaces are for the message.
func Printed(t *testing.T, surface, text string) {
	t.Helper()
	if !strings.Contains(text, "bad") || !strings.Contains(text, "thing") {
		t.Errorf("%s does not show the name:\n%s", surface, text)
	}
	if strings.Contains(text, "owned") {
		t.Errorf("%s shows the title that the name would set:\n%q", surface, text)
	}
	for _, r := range text {
		if r != '\n' && !clean.Visible(r) {
			t.Errorf("%s holds %U:\n%q", surface, r, text)
			break
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimLeft(line, " "), "pass  D99") {
			t.Errorf("%s has a line that podsg did not write: %q", surface, line)
		}
	}
}
