package widget

import (
	"strings"

	"podsg/steps/clean"
)

// Clean is a text from outside as a screen may show it.
func Clean(s string) string { return clean.Text(s) }

// CleanLine is [Clean] for what must stay one line.
func CleanLine(s string) string { return clean.Line(s) }

// FirstLine is what a field of one line takes of a pasted text: its first line.
// Terminals send a carriage return for each newline.
func FirstLine(text string) string {
	text = strings.TrimLeft(text, "\r\n")
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		text = text[:end]
	}
	return Clean(text)
}
