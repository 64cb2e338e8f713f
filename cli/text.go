package cli

import (
	"fmt"
	"strings"
)

// counted is a number with its word: "1 change", "3 changes".
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// textWidth is the width of a terminal that everybody has.
const textWidth = 80

// wrapped breaks a text into lines between its words.
func wrapped(text string, width int) []string {
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
