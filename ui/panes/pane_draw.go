package panes

import (
	"fmt"
	"strings"

	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// Draw implements ui.Pane.
func (p *pane[R]) Draw(t *theme.Theme, width, height int) []string {
	if width < 20 || height < 2 {
		return nil
	}
	body := height - 1
	var lines []string
	if p.open != nil {
		lines = p.open.draw(t, width, body)
	} else {
		lines = p.drawRows(t, width, body)
	}
	for len(lines) < body {
		lines = append(lines, strings.Repeat(" ", width))
	}
	return append(lines[:body], p.foot(t, width))
}

func (p *pane[R]) drawRows(t *theme.Theme, width, height int) []string {
	p.page = max(1, height-1)
	cursor, size := p.rows.Place(), p.rows.Size()
	p.top = p.rows.Scroll(p.top, p.page)
	end := min(size, p.top+p.page)

	p.grid.Measure(len(p.columns), width)
	for i, c := range p.columns {
		w := max(p.grid.Widths[i], c.Min, widget.Width(c.Title)+1)
		for at := p.top; at < end; at++ {
			w = max(w, widget.Width(c.Cell(p.rows.At(at)).Text))
		}
		if c.Max > 0 {
			w = min(w, c.Max)
		}
		p.grid.Widths[i] = w
	}
	shown := p.grid.Place(p.column, width-2)
	if _, right := table.Hidden(len(p.columns), shown); right > 0 && table.FreeAtEnd(p.columns, shown, width) < table.MarksWidth {
		shown = p.grid.Place(p.column, width-2-table.MarksWidth)
	}
	p.grid.Shown = shown
	chosen := p.column
	if p.dimmed {
		chosen = -1
	}
	lines := make([]string, 0, height)
	lines = append(lines, table.Heading(t, p.columns, shown, chosen, p.sorted, p.down, width))
	for at := p.top; at < end; at++ {
		lines = append(lines, table.Line(t, p.columns, shown, p.rows.At(at), at == cursor && !p.dimmed, width))
	}
	if size == 0 {
		lines = append(lines, t.Paint(theme.Muted, widget.Fit("  "+p.nothing(), width)))
	}
	return lines
}

// nothing says why there are no rows.
func (p *pane[R]) nothing() string {
	switch {
	case p.trouble != "":
		return p.troubleText()
	case !p.synced:
		return "reading …"
	case p.rows.Filter() != "":
		return "no row contains “" + p.rows.Filter() + "”"
	default:
		return "nothing here yet"
	}
}

// foot is the last line: what is wrong, what a key has done, the filter, or what
// the rows sum up to; and where the cursor is.
func (p *pane[R]) foot(t *theme.Theme, width int) string {
	var right []string
	if p.follows {
		right = append(right, "following")
	}
	switch shown, all := p.rows.Size(), p.rows.Total(); {
	case shown == 0:
	case shown < all:
		right = append(right, fmt.Sprintf("%d of %d (%d in all)", p.rows.Place()+1, shown, all))
	default:
		right = append(right, fmt.Sprintf("%d of %d", p.rows.Place()+1, shown))
	}
	end := t.Paint(theme.Muted, strings.Join(right, " · "))
	left := p.footLeft(t, max(0, width-widget.Width(end)-4))
	return widget.Ends("  "+left, end, width)
}

// footLeft has trouble first. It is cut to leave room for what the last key has
// done and for the filter, which would else seem to do nothing.
func (p *pane[R]) footLeft(t *theme.Theme, width int) string {
	trouble := ""
	// Without rows it stands in their place.
	if p.rows.Size() > 0 && (!p.board.headed || refused(p.trouble)) {
		trouble = p.troubleText()
	}
	left := ""
	switch {
	case p.typing:
		left = t.Paint(theme.Key, "/") + p.rows.Filter() + t.Paint(theme.Accent, "▏")
	case p.note != "":
		left = t.Paint(theme.Accent, p.note)
	case p.rows.Filter() != "":
		left = t.Paint(theme.Key, "/") + p.rows.Filter()
	case trouble == "":
		left = t.Paint(theme.Muted, p.status())
	}
	if trouble == "" {
		return widget.Cut(left, width)
	}
	const between = " · "
	room := width
	if left != "" {
		left = between + widget.Cut(left, width/2)
		room -= widget.Width(left)
	}
	return t.Paint(theme.Warn, widget.Cut(theme.SymbolWarning+" "+trouble, room)) + left
}
