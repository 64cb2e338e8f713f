package ui

import (
	uv "github.com/charmbracelet/ultraviolet"

	"podsg/steps/clean"
)

// canvas is the screen that a frame is drawn on. It is kept from frame to
// frame, so that drawing allocates little.
type canvas struct{ screen uv.ScreenBuffer }

func newCanvas() *canvas { return &canvas{screen: uv.NewScreenBuffer(0, 0)} }

// begin empties the canvas and gives it a size.
func (c *canvas) begin(width, height int) {
	if c.screen.Width() != width || c.screen.Height() != height {
		c.screen = uv.NewScreenBuffer(width, height)
		return
	}
	c.screen.Clear()
}

// lines draws lines of styled text into a rectangle; what does not fit is cut.
func (c *canvas) lines(area uv.Rectangle, lines []string) {
	for i, line := range lines {
		if i >= area.Dy() {
			return
		}
		if line == "" {
			continue
		}
		uv.NewStyledString(clean.StyledLine(line)).Draw(c.screen, uv.Rect(area.Min.X, area.Min.Y+i, area.Dx(), 1))
	}
}

// text returns the frame as styled text.
func (c *canvas) text() string { return c.screen.Render() }
