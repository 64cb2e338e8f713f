// Package table holds rows in columns: [List] keeps rows in order while they
// change, a [Grid] shows as many of their columns as fit, and a [Table] is a list
// to choose a row of.
package table

import (
	"strings"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// Cell is one cell of a row.
type Cell struct {
	Text string
	Tone theme.Tone
}

// Column is one column of rows. It is as wide as its texts, between Min and Max.
type Column[R any] struct {
	Title string
	Min   int
	Max   int // 0: no limit
	Right bool
	Cell  func(*R) Cell
	Whole func(*R) string // what is copied, when the cell shows less
	Key   func(*R) Key    // what rows are sorted by

	// In a [Table] what is left over goes to the columns that Grow, and Optional
	// columns are left out, last first, when it is too narrow.
	Grow, Optional bool
}

// Line draws one row.
func Line[R any](t *theme.Theme, columns []Column[R], shown []placed, row *R, selected bool, width int) string {
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
		c := columns[p.column].Cell(row)
		w := widget.Width(c.Text)
		if w > p.width {
			c.Text = widget.CutCell(c.Text, p.width)
			w = widget.Width(c.Text)
		}
		if columns[p.column].Right {
			b.WriteString(fill(p.width - w))
			b.WriteString(paint(c.Tone, c.Text))
		} else {
			b.WriteString(paint(c.Tone, c.Text))
			b.WriteString(fill(p.width - w))
		}
		used += p.width
	}
	b.WriteString(fill(width - used))
	return b.String()
}
