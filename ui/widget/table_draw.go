package widget

import (
	"strings"

	"podsg/ui/theme"
)

// Draw draws the table in a width and at most a height of lines: a heading, the
// visible rows, a line while there is a filter or more rows than fit, and where
// there is room, what does not fit into the row under the cursor.
func (t *Table) Draw(th *theme.Theme, width, height int) []string {
	if width < 20 || height < 1 {
		return nil
	}
	widths := t.layout(width - 2) // two cells for the pointer
	rows := height - 1
	footer := t.filter != "" || t.typing || t.Len() > rows
	if footer {
		rows--
	}
	if t.spells && t.Len() > rows && height >= roomyHeight && t.cuts(widths) {
		rows -= height / 3 // for the rest of the row under the cursor
	}
	t.page = max(1, rows)
	t.clamp()

	out := make([]string, 0, height)
	out = append(out, t.heading(th, widths))
	for i := t.top; i < min(t.top+t.page, t.Len()); i++ {
		out = append(out, t.line(th, t.row(i), widths, width, i == t.cursor))
	}
	if t.Len() == 0 {
		text := "  nothing here"
		if t.filter != "" {
			text = "  no row contains " + quote(t.filter)
		}
		out = append(out, th.Paint(theme.Muted, Fit(text, width)))
	}
	if footer {
		left := ""
		if t.filter != "" || t.typing {
			left = th.Paint(theme.Key, "/") + t.filter
			if t.typing {
				left += th.Paint(theme.Accent, "▏")
			}
		}
		out = append(out, Ends("  "+left, th.Paint(theme.Muted, t.Status()), width))
	}
	out = append(out, t.rest(th, widths, width, height-len(out))...)
	return out[:min(len(out), height)]
}

func quote(s string) string { return "“" + s + "”" }

// layout gives every column its width; 0 leaves the column out.
func (t *Table) layout(width int) []int {
	const gap = 2
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		w := max(t.natural[i], c.Min)
		if c.Max > 0 {
			w = min(w, max(c.Max, Width(c.Title)))
		}
		widths[i] = w
	}
	total := func() int {
		sum := 0
		for _, w := range widths {
			if w > 0 {
				sum += w + gap
			}
		}
		return sum - gap
	}
	// Too narrow: first the columns give way that take what is left over, then
	// columns are left out that can be, then all give way but numbers, and last
	// these too.
	shrink(widths, total()-width, func(i int) int {
		if !t.columns[i].Grow {
			return widths[i]
		}
		return t.columns[i].Min
	})
	for i := len(t.columns) - 1; i >= 0 && total() > width; i-- {
		if t.columns[i].Optional {
			widths[i] = 0
		}
	}
	shrink(widths, total()-width, func(i int) int {
		if t.columns[i].Right {
			return widths[i]
		}
		return t.columns[i].Min
	})
	shrink(widths, total()-width, func(int) int { return 4 })
	if left := width - total(); left > 0 {
		for i, c := range t.columns {
			if c.Grow && widths[i] > 0 {
				widths[i] += left
				break
			}
		}
	}
	return widths
}

// shrink takes cells away from the widest columns until enough are gone or all
// are as narrow as they may be.
func shrink(widths []int, over int, least func(int) int) {
	for ; over > 0; over-- {
		widest := -1
		for i, w := range widths {
			if w > max(least(i), 1) && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func (t *Table) heading(th *theme.Theme, widths []int) string {
	var b strings.Builder
	b.WriteString("  ")
	for i, c := range t.columns {
		if widths[i] == 0 {
			continue
		}
		if b.Len() > 2 {
			b.WriteString("  ")
		}
		if c.Right {
			b.WriteString(FitRight(c.Title, widths[i]))
		} else {
			b.WriteString(Fit(c.Title, widths[i]))
		}
	}
	return th.Paint(theme.Muted, b.String())
}

func (t *Table) line(th *theme.Theme, r *Row, widths []int, width int, selected bool) string {
	paint := th.Paint
	fill := func(n int) string { return strings.Repeat(" ", max(0, n)) }
	pointer := "  "
	if selected {
		paint, fill = th.PaintSelected, th.FillSelected
		pointer = paint(theme.Accent, theme.SymbolPointer+" ")
	}
	var b strings.Builder
	b.WriteString(pointer)
	used, first := 2, true
	for i := range t.columns {
		if widths[i] == 0 {
			continue
		}
		if !first {
			b.WriteString(fill(2))
			used += 2
		}
		first = false
		var c Cell
		if i < len(r.Cells) {
			c = r.Cells[i]
		}
		if r.Disabled != "" && c.Tone != theme.Bad && c.Tone != theme.Warn {
			c.Tone = theme.Muted
		}
		text := CutCell(c.Text, widths[i])
		pad := widths[i] - Width(text)
		if t.columns[i].Right {
			b.WriteString(fill(pad))
			b.WriteString(paint(c.Tone, text))
		} else {
			b.WriteString(paint(c.Tone, text))
			b.WriteString(fill(pad))
		}
		used += widths[i]
	}
	b.WriteString(fill(width - used))
	return b.String()
}
