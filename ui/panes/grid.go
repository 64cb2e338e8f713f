package panes

import (
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

const gap = 2 // cells between two columns

// placed is a column with its place on the screen.
type placed struct{ column, width int }

// grid lays out columns: the first one always, then those that fit, from one
// that is chosen so that the column of the cursor is among them.
type grid struct {
	widths []int // of the widest cell seen so far
	from   int   // the first column after the frozen one
	wide   int   // the width that the widths are for
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
				if len(out) > 1 && left < 8 || left < 4 {
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
	// A column to the left that would fit as well comes back.
	if last := &out[len(out)-1]; last.column == n-1 && len(out) > 1 {
		used := 0
		for _, p := range out {
			used += p.width + gap
		}
		last.width += max(0, width-used+gap)
	}
	return out
}

// heading draws the titles; the column of the cursor is marked, and so is the
// one that the rows are sorted by.
func heading[R any](t *theme.Theme, columns []column[R], shown []placed, selected, sorted int, down bool, width int) string {
	var b strings.Builder
	b.WriteString("  ")
	for i, p := range shown {
		if i > 0 {
			b.WriteString("  ")
		}
		title := columns[p.column].title
		if p.column == sorted {
			title += map[bool]string{false: "↑", true: "↓"}[down]
		}
		if columns[p.column].right {
			title = widget.FitRight(title, p.width)
		} else {
			title = widget.Fit(title, p.width)
		}
		tone := theme.Muted
		if p.column == selected {
			tone = theme.Title
		}
		b.WriteString(t.Paint(tone, title))
	}
	return widget.Fit(b.String(), width)
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
			c.text = widget.Cut(c.text, p.width)
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
