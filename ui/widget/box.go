package widget

import (
	"strings"

	"podsg/ui/theme"
)

// Box draws lines inside a border, with a title in its upper edge and a note in
// the lower one. Width and height are those of the whole box. Lines that do not
// fit are cut; offset is the first line that is shown.
func Box(t *theme.Theme, title, note string, lines []string, offset, width, height int) []string {
	if width < 4 || height < 3 {
		return nil
	}
	inner := width - 4
	edge := func(left, text, right string) string {
		text = Cut(text, width-6)
		if text == "" {
			return t.Paint(theme.Rule, left+strings.Repeat("─", width-2)+right)
		}
		rest := width - 5 - Width(text)
		return t.Paint(theme.Rule, left+"─ ") + t.Paint(theme.Strong, text) + t.Paint(theme.Rule, " "+strings.Repeat("─", max(0, rest))+right)
	}
	out := make([]string, 0, height)
	out = append(out, edge("╭", title, "╮"))
	side := t.Paint(theme.Rule, "│")
	for i := range height - 2 {
		line := ""
		if n := offset + i; n >= 0 && n < len(lines) {
			line = lines[n]
		}
		out = append(out, side+" "+Fit(line, inner)+" "+side)
	}
	return append(out, edge("╰", note, "╯"))
}
