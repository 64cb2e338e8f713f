package table

import (
	"strings"

	"podsg/ui/theme"
	"podsg/ui/widget"
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
	footer := t.Filter() != "" || t.typing || t.lines(0, t.Len()) > rows
	if footer {
		rows--
	}
	if t.spells && t.Len() > rows && height >= roomyHeight && t.cuts(widths) {
		rows -= height / 3 // for the rest of the row under the cursor
	}
	t.page = max(1, rows)
	t.clamp()
	t.fit(max(1, rows))

	out := make([]string, 0, height)
	shown := make([]placed, 0, len(widths))
	for i, w := range widths {
		if w > 0 {
			shown = append(shown, placed{i, w})
		}
	}
	out = append(out, t.heading(th, shown))
	for i := t.top; i < min(t.top+t.page, t.Len()); i++ {
		if t.headed(i) {
			out = append(out, th.Paint(theme.Title, widget.Fit(t.rows.At(i).Group, width)))
		}
		out = append(out, Line(th, t.columns, shown, t.rows.At(i), i == t.rows.cursor, width))
	}
	if t.Len() == 0 {
		text := "  nothing here"
		if t.Filter() != "" {
			text = "  no row contains " + quote(t.Filter())
		}
		out = append(out, th.Paint(theme.Muted, widget.Fit(text, width)))
	}
	if footer {
		left := ""
		if t.Filter() != "" || t.typing {
			left = th.Paint(theme.Key, "/") + t.Filter()
			if t.typing {
				left += th.Paint(theme.Accent, "▏")
			}
		}
		out = append(out, widget.Ends("  "+left, th.Paint(theme.Muted, t.Status()), width))
	}
	out = append(out, t.rest(th, widths, width, height-len(out))...)
	return out[:min(len(out), height)]
}

// headed reports whether the heading of its group stands above a row: above the
// first one of the group, and above the first one on the screen.
func (t *Table) headed(i int) bool {
	group := t.rows.At(i).Group
	return group != "" && (i == t.top || t.rows.At(i-1).Group != group)
}

// Lines is how many lines all rows that pass the filter take, with the headings
// of their groups.
func (t *Table) Lines() int { return t.lines(0, t.Len()) }

// lines is how many lines the rows of a range take with their headings.
func (t *Table) lines(from, to int) int {
	lines, last := to-from, ""
	for i := from; i < to; i++ {
		if g := t.rows.At(i).Group; g != last {
			last = g
			if g != "" {
				lines++
			}
		}
	}
	return lines
}

// fit makes the page as many rows as fit with their headings, the one under the
// cursor among them.
func (t *Table) fit(room int) {
	if t.Len() == 0 || t.rows.At(t.top).Group == "" {
		return
	}
	for t.top < t.rows.cursor && t.lines(t.top, t.rows.cursor+1) > room {
		t.top++
	}
	end := t.rows.cursor + 1
	for end < t.Len() && t.lines(t.top, end+1) <= room {
		end++
	}
	for t.top > 0 && t.lines(t.top-1, end) <= room {
		t.top--
	}
	t.page = end - t.top
}

func quote(s string) string { return "“" + s + "”" }

// layout gives every column its width; 0 leaves the column out.
func (t *Table) layout(width int) []int {
	const gap = 2
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		w := max(t.natural[i], c.Min)
		if c.Max > 0 {
			w = min(w, max(c.Max, widget.Width(c.Title)))
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

func (t *Table) heading(th *theme.Theme, shown []placed) string {
	var b strings.Builder
	for _, p := range shown {
		b.WriteString("  ")
		if c := t.columns[p.column]; c.Right {
			b.WriteString(widget.FitRight(c.Title, p.width))
		} else {
			b.WriteString(widget.Fit(c.Title, p.width))
		}
	}
	return th.Paint(theme.Muted, b.String())
}
