// Package widget holds the parts that podsg's pages are made of: text that
// fits, tables, forms, boxes and bars. A widget is a struct with methods; it
// draws lines of text of an exact width and knows nothing of the program.
package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells a text takes; escape sequences take none.
func Width(s string) int { return ansi.StringWidth(s) }

// Fit cuts a text to a width, with an ellipsis, or pads it with spaces.
func Fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	w := Width(s)
	switch {
	case w > width:
		s = ansi.Truncate(s, width, "…")
		return s + strings.Repeat(" ", max(0, width-Width(s)))
	case w < width:
		return s + strings.Repeat(" ", width-w)
	default:
		return s
	}
}

// Cut cuts a text to a width, with an ellipsis.
func Cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	return ansi.Truncate(s, max(width, 0), "…")
}

// CutCell cuts a text to a width for a table. A name, which is one word, loses
// its middle: names that begin alike are told apart by their ends.
func CutCell(s string, width int) string {
	w := Width(s)
	if w <= width || width < 7 || strings.Contains(s, " ") {
		return Cut(s, width)
	}
	end := (width - 1) / 2
	tail := ansi.TruncateLeft(s, w-end, "")
	if Width(tail) > end { // a wide character was cut through
		tail = ansi.TruncateLeft(s, w-end+1, "")
	}
	return ansi.Truncate(s, width/2, "") + "…" + tail
}

// FitRight is [Fit] aligned to the right.
func FitRight(s string, width int) string {
	if w := Width(s); w < width {
		return strings.Repeat(" ", width-w) + s
	}
	return Fit(s, width)
}

// Ends puts one text at the left end of a line and one at the right. When they
// do not fit, the right one goes first.
func Ends(left, right string, width int) string {
	gap := width - Width(left) - Width(right)
	if gap < 1 {
		return Fit(left, width)
	}
	return left + strings.Repeat(" ", gap) + right
}

// Wrap breaks a plain text into lines of at most a width, at spaces only: names
// such as us-west-2 stay whole unless they are longer than a line. Lines that
// begin with spaces keep them on the lines that follow.
func Wrap(s string, width int) []string {
	if width <= 0 || s == "" {
		return nil
	}
	var out []string
	for paragraph := range strings.SplitSeq(s, "\n") {
		indent := paragraph[:len(paragraph)-len(strings.TrimLeft(paragraph, " "))]
		if len(indent) >= width/2 {
			indent = ""
		}
		line, used := indent, len(indent)
		for _, word := range strings.Fields(paragraph) {
			w := Width(word)
			if used > len(indent) && used+1+w > width {
				out = append(out, line)
				line, used = indent, len(indent)
			}
			for used == len(indent) && used+w > width {
				head := ansi.Truncate(word, width-used, "")
				out = append(out, line+head)
				word = word[len(head):]
				w = Width(word)
			}
			if used > len(indent) {
				line += " "
				used++
			}
			line += word
			used += w
		}
		out = append(out, line)
	}
	return out
}

// Indent puts spaces before every line.
func Indent(lines []string, n int) []string {
	out := make([]string, len(lines))
	prefix := strings.Repeat(" ", n)
	for i, l := range lines {
		out[i] = prefix + l
	}
	return out
}
