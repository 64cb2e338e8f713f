package panes

import (
	"fmt"
	"strings"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// cell is one cell of a row.
type cell struct {
	text string
	tone theme.Tone
}

// column is one column of a pane.
type column[R any] struct {
	title string
	min   int
	max   int // 0: no limit
	right bool
	cell  func(*R) cell
	whole func(*R) string // what is copied, when the cell shows less
	key   func(*R) sortKey
}

const (
	gap       = 2  // cells between two columns
	leastPart = 12 // cells of a column that is shown in part
)

// placed is a column with its place on the screen.
type placed struct{ column, width int }

// grid lays out columns: the first one always, then those that fit, from one
// that is chosen so that the column of the cursor is among them.
type grid struct {
	widths []int // of the widest cell seen so far
	from   int   // the first column after the frozen one
	wide   int   // the width that the widths are for
	shown  []placed
}

// measure takes over how wide the visible cells of a column are. Columns only
// grow, so that the screen does not tremble; another width of the screen begins
// anew.
func (g *grid) measure(columns, width int) {
	if len(g.widths) != columns || g.wide != width {
		g.widths, g.wide = make([]int, columns), width
	}
}

// place chooses the columns that are shown. A column that grows at the end takes
// what is left.
func (g *grid) place(selected, width int) []placed {
	n := len(g.widths)
	first := min(g.widths[0], max(12, width*2/5))
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
			w := g.widths[c]
			if left := width - used - gap; w > left {
				if len(out) > 1 && left < leastPart || left < 4 {
					break
				}
				w = left
			}
			out = append(out, placed{c, w})
			used += gap + w
			shows = shows || c == selected && w == g.widths[c]
			if w < g.widths[c] {
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
	if grow := min(left, g.widths[0]-first); grow > 0 {
		out[0].width += grow
		left -= grow
	}
	if last := &out[len(out)-1]; last.column == n-1 && len(out) > 1 {
		last.width += max(0, left)
	}
	return out
}

// hidden tells how many columns there are to the left and to the right of those
// that are shown.
func hidden(columns int, shown []placed) (left, right int) {
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
func (c *column[R]) titleOf(sorted, down bool) string {
	switch {
	case !sorted:
		return c.title
	case down:
		return c.title + "↓"
	default:
		return c.title + "↑"
	}
}

// marksWidth is what a mark at the end of the heading takes at least.
const marksWidth = 4

// freeAtEnd is how many cells of the heading are free behind the last title.
func freeAtEnd[R any](columns []column[R], shown []placed, width int) int {
	used := 2
	for _, p := range shown {
		used += p.width + gap
	}
	last := shown[len(shown)-1]
	free := width - used + gap
	if c := columns[last.column]; !c.right {
		free += max(0, last.width-widget.Width(c.title)-1)
	}
	return free
}

// heading draws the titles; the column of the cursor is marked, and so is the
// one that the rows are sorted by. Where columns are hidden it says how many.
func heading[R any](t *theme.Theme, columns []column[R], shown []placed, selected, sorted int, down bool, width int) string {
	left, right := hidden(len(columns), shown)
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
		case columns[p.column].right:
			b.WriteString(t.Paint(tone, widget.FitRight(title, p.width)))
		case i == 0 && left > 0 && free > marksWidth:
			b.WriteString(t.Paint(tone, title) + t.Paint(theme.Accent, widget.FitRight(mark("←", left, free-1), free)))
		default:
			b.WriteString(t.Paint(tone, widget.Fit(title, p.width)))
		}
	}
	end := mark("→", right, freeAtEnd(columns, shown, width)-1)
	if end == "" {
		return widget.Fit(b.String(), width)
	}
	return widget.Fit(b.String(), width-widget.Width(end)-1) + " " + t.Paint(theme.Accent, end)
}

// line draws one row.
func line[R any](t *theme.Theme, columns []column[R], shown []placed, row *R, selected bool, width int) string {
	paint := t.Paint
	fill := func(n int) string { return strings.Repeat(" ", max(0, n)) }
	pointer := "  "
	if selected {
		paint, fill = t.PaintSelected, t.FillSelected
		pointer = paint(theme.Accent, theme.SymbolPointer+" ")
	}
	var b strings.Builder
	b.WriteString(pointer)
	used := 2
	for i, p := range shown {
		if i > 0 {
			b.WriteString(fill(gap))
			used += gap
		}
		c := columns[p.column].cell(row)
		w := widget.Width(c.text)
		if w > p.width {
			c.text = widget.CutCell(c.text, p.width)
			w = widget.Width(c.text)
		}
		if columns[p.column].right {
			b.WriteString(fill(p.width - w))
			b.WriteString(paint(c.tone, c.text))
		} else {
			b.WriteString(paint(c.tone, c.text))
			b.WriteString(fill(p.width - w))
		}
		used += p.width
	}
	b.WriteString(fill(width - used))
	return b.String()
}
