package console

import (
	"fmt"
	"strings"
)

// Counted is a number with its word: "1 change", "3 changes".
func Counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// Width is the width of a terminal that everybody has.
const Width = 80

// Wrap breaks a text into lines between its words.
func Wrap(text string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
