package wizard

import uv "github.com/charmbracelet/ultraviolet"

// The smallest terminal that the screens fit, and the sizes from which more is
// shown.
const (
	MinWidth, MinHeight = 60, 18
	railFrom            = 76  // columns from which the step rail is shown
	asideFrom           = 150 // columns from which the explanation stays open
	dockFrom            = 34  // lines from which the commands stay open
)

// layout holds the rectangles of all parts of the screen.
type layout struct {
	Width, Height int
	Small         bool // too small to show anything but a line saying so

	Header, HeaderRule  uv.Rectangle
	Rail                uv.Rectangle // empty: not shown
	Page                uv.Rectangle // what the page draws in
	Aside               uv.Rectangle // empty: not shown
	Dock                uv.Rectangle // empty: not shown
	FooterRule, Footer  uv.Rectangle
	RailRule, AsideRule int // column of the vertical lines; 0: none
}

// NewLayout computes the rectangles for a size of the terminal.
func NewLayout(width, height int) layout {
	l := layout{Width: width, Height: height}
	if width < MinWidth || height < MinHeight {
		l.Small = true
		return l
	}
	rows := func(y0, y1 int) uv.Rectangle { return uv.Rect(0, y0, width, y1-y0) }
	l.Header, l.HeaderRule = rows(0, 1), rows(1, 2)
	l.FooterRule, l.Footer = rows(height-2, height-1), rows(height-1, height)

	top, bottom := 2, height-2
	left, right := 1, width-1
	if width >= railFrom {
		railWidth := 20
		if width >= 110 {
			railWidth = 24
		}
		l.Rail = uv.Rect(1, top, railWidth-1, bottom-top)
		l.RailRule = railWidth
		left = railWidth + 2
	}
	if width >= asideFrom {
		asideWidth := min(72, (right-left)*2/5)
		l.Aside = uv.Rect(right-asideWidth, top, asideWidth, bottom-top)
		l.AsideRule = right - asideWidth - 2
		right = l.AsideRule - 1
	}
	l.Page = uv.Rect(left, top, right-left, bottom-top)
	if height >= dockFrom {
		dockHeight := max(7, (bottom-top)/5)
		l.Dock = uv.Rect(left, bottom-dockHeight, right-left, dockHeight)
		l.Page.Max.Y = bottom - dockHeight - 1
	}
	return l
}

// BriefBelow is the height of a page below which brief pages say what they are
// about in one sentence; ? has the rest.
const BriefBelow = 24
