package table

import (
	"fmt"
	"strings"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

const (
	gap       = 2  // cells between two columns
	leastPart = 12 // cells of a column that is shown in part
)

// placed is a column with its place on the screen.
type placed struct{ column, width int }

// Grid lays out columns: the first one always, then those that fit, from one
// that is chosen so that the column of the cursor is among them.
type Grid struct {
	Widths []int // of the widest cell seen so far
	from   int   // the first column after the frozen one
	wide   int   // the width that the widths are for
	Shown  []placed
}

// Measure takes over how wide the visible cells of a column are. Columns only
// grow, so that the screen does not tremble; another width of the screen begins
// anew.
func (g *Grid) Measure(columns, width int) {
	if len(g.Widths) != columns || g.wide != width {
		g.Widths, g.wide = make([]int, columns), width
	}
}

// Place chooses the columns that are shown. A column that grows at the end takes
// what is left.
func (g *Grid) Place(selected, width int) []placed {
	n := len(g.Widths)
	first := min(g.Widths[0], max(12, width*2/5))
	out := []placed{{0, first}}
	if g.from < 1 {
		g.from = 1
	}
	if selected > 0 && selected < g.from {
		g.from = selected
	}
	for {
		out = out[:1]
		used := first
		shows := selected == 0
		for c := g.from; c < n; c++ {
			w := g.Widths[c]
			if left := width - used - gap; w > left {
				if len(out) > 1 && left < leastPart || left < 4 {
					break
				}
				w = left
			}
			out = append(out, placed{c, w})
			used += gap + w
			shows = shows || c == selected && w == g.Widths[c]
			if w < g.Widths[c] {
				break
			}
		}
		last := out[len(out)-1]
		if shows || g.from >= selected || last.column >= selected && len(out) <= 2 {
			break
		}
		g.from++
	}
	// What is left goes to the first column while its names are cut, and then to
	// the end of the last one.
	left := width - out[0].width
	for _, p := range out[1:] {
		left -= gap + p.width
	}
	if grow := min(left, g.Widths[0]-first); grow > 0 {
		out[0].width += grow
		left -= grow
	}
	if last := &out[len(out)-1]; last.column == n-1 && len(out) > 1 {
		last.width += max(0, left)
	}
	return out
}

// Hidden tells how many columns there are to the left and to the right of those
// that are shown.
func Hidden(columns int, shown []placed) (left, right int) {
	last := shown[len(shown)-1].column
	right = columns - 1 - last
	return columns - right - len(shown), right
}

// mark says how many columns are hidden in a direction, in at most room cells.
func mark(arrow string, n, room int) string {
	if n == 0 {
		return ""
	}
	if text := fmt.Sprintf("%s %d more", arrow, n); widget.Width(text) <= room {
		return text
	}
	return fmt.Sprintf("%s%d", arrow, n)
}

// titleOf is a column's title with the mark of what the rows are sorted by.
func (c *Column[R]) titleOf(sorted, down bool) string {
	switch {
	case !sorted:
		return c.Title
	case down:
		return c.Title + "↓"
	default:
		return c.Title + "↑"
	}
}

// MarksWidth is what a mark at the end of the heading takes at least.
const MarksWidth = 4

// FreeAtEnd is how many cells of the heading are free behind the last title.
func FreeAtEnd[R any](columns []Column[R], shown []placed, width int) int {
	used := 2
	for _, p := range shown {
		used += p.width + gap
	}
	last := shown[len(shown)-1]
	free := width - used + gap
	if c := columns[last.column]; !c.Right {
		free += max(0, last.width-widget.Width(c.Title)-1)
	}
	return free
}

// Heading draws the titles; the column of the cursor is marked, and so is the
// one that the rows are sorted by. Where columns are hidden it says how many.
func Heading[R any](t *theme.Theme, columns []Column[R], shown []placed, selected, sorted int, down bool, width int) string {
	left, right := Hidden(len(columns), shown)
	var b strings.Builder
	b.WriteString("  ")
	for i, p := range shown {
		if i > 0 {
			b.WriteString("  ")
		}
		title := columns[p.column].titleOf(p.column == sorted, down)
		tone := theme.Muted
		if p.column == selected {
			tone = theme.Title
		}
		switch free := p.width - widget.Width(title); {
		case columns[p.column].Right:
			b.WriteString(t.Paint(tone, widget.FitRight(title, p.width)))
		case i == 0 && left > 0 && free > MarksWidth:
			b.WriteString(t.Paint(tone, title) + t.Paint(theme.Accent, widget.FitRight(mark("←", left, free-1), free)))
		default:
			b.WriteString(t.Paint(tone, widget.Fit(title, p.width)))
		}
	}
	end := mark("→", right, FreeAtEnd(columns, shown, width)-1)
	if end == "" {
		return widget.Fit(b.String(), width)
	}
	return widget.Fit(b.String(), width-widget.Width(end)-1) + " " + t.Paint(theme.Accent, end)
}
