package ui

import uv "github.com/charmbracelet/ultraviolet"

// The smallest terminal that the screens fit, and the sizes from which more is
// shown.
const (
	minWidth, minHeight = 60, 18
	railFrom            = 76  // columns from which the step rail is shown
	asideFrom           = 150 // columns from which the explanation stays open
	dockFrom            = 34  // lines from which the commands stay open
)

// layout holds the rectangles of all parts of the screen.
type layout struct {
	width, height int
	small         bool // too small to show anything but a line saying so

	header, headerRule  uv.Rectangle
	rail                uv.Rectangle // empty: not shown
	page                uv.Rectangle // what the page draws in
	aside               uv.Rectangle // empty: not shown
	dock                uv.Rectangle // empty: not shown
	footerRule, footer  uv.Rectangle
	railRule, asideRule int // column of the vertical lines; 0: none
}

// newLayout computes the rectangles for a size of the terminal.
func newLayout(width, height int) layout {
	l := layout{width: width, height: height}
	if width < minWidth || height < minHeight {
		l.small = true
		return l
	}
	rows := func(y0, y1 int) uv.Rectangle { return uv.Rect(0, y0, width, y1-y0) }
	l.header, l.headerRule = rows(0, 1), rows(1, 2)
	l.footerRule, l.footer = rows(height-2, height-1), rows(height-1, height)

	top, bottom := 2, height-2
	left, right := 1, width-1
	if width >= railFrom {
		railWidth := 20
		if width >= 110 {
			railWidth = 24
		}
		l.rail = uv.Rect(1, top, railWidth-1, bottom-top)
		l.railRule = railWidth
		left = railWidth + 2
	}
	if width >= asideFrom {
		asideWidth := min(72, (right-left)*2/5)
		l.aside = uv.Rect(right-asideWidth, top, asideWidth, bottom-top)
		l.asideRule = right - asideWidth - 2
		right = l.asideRule - 1
	}
	l.page = uv.Rect(left, top, right-left, bottom-top)
	if height >= dockFrom {
		dockHeight := max(7, (bottom-top)/5)
		l.dock = uv.Rect(left, bottom-dockHeight, right-left, dockHeight)
		l.page.Max.Y = bottom - dockHeight - 1
	}
	return l
}
