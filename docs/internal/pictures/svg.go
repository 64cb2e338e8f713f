package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// The size of a cell, and the margins of the picture.
const (
	cellWidth, cellHeight = 8.4, 18
	margin                = 14
)

// The colours of cells that have none of their own.
const (
	paper = "#0d1117"
	ink   = "#e6edf3"
)

// svg draws a screen as a picture: the text as text, each run of cells of one
// style placed by itself, so that it lines up in whatever font there is.
func svg(screen *vt.Emulator) []byte {
	var b bytes.Buffer
	width, height := float64(columns)*cellWidth+2*margin, float64(rows)*cellHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", paper)
	fmt.Fprintln(&b, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve">`)
	for y := range rows {
		for x := 0; x < columns; {
			piece := spanAt(screen, x, y)
			piece.draw(&b, x, y)
			x += piece.cells
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// span is a run of cells of one style.
type span struct {
	text   string
	cells  int
	fg, bg string
	style  uv.Style
}

func spanAt(screen *vt.Emulator, x, y int) span {
	var r span
	for ; x < columns; x++ {
		text, style := " ", uv.Style{}
		if c := screen.CellAt(x, y); c != nil {
			if c.Width == 0 {
				continue
			}
			text, style = c.Content, c.Style
			if text == "" {
				text = " "
			}
		}
		if r.cells == 0 {
			r.style = style
		} else if !style.Equal(&r.style) {
			break
		}
		r.text += text
		r.cells++
	}
	r.cells = max(r.cells, 1)
	r.fg, r.bg = hex(r.style.Fg, ink), hex(r.style.Bg, paper)
	if r.style.Attrs&uv.AttrReverse != 0 {
		r.fg, r.bg = r.bg, r.fg
	}
	return r
}

func (r span) draw(b *bytes.Buffer, x, y int) {
	left, top := margin+float64(x)*cellWidth, margin+float64(y)*cellHeight
	if r.bg != paper {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, float64(r.cells)*cellWidth, cellHeight, r.bg)
	}
	if strings.TrimSpace(r.text) == "" {
		return
	}
	attributes := fmt.Sprintf(` fill="%s"`, r.fg)
	if r.style.Attrs&uv.AttrBold != 0 {
		attributes += ` font-weight="bold"`
	}
	if r.style.Attrs&uv.AttrFaint != 0 {
		attributes += ` opacity="0.6"`
	}
	trimmed := strings.TrimLeft(r.text, " ")
	lead := len(r.text) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, " ")
	cells := len([]rune(trimmed))
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs"%s>`, left+float64(lead)*cellWidth, top+13.5, float64(cells)*cellWidth, attributes)
	_ = xml.EscapeText(b, []byte(trimmed)) // a buffer does not fail
	b.WriteString("</text>\n")
}

// hex is a colour as SVG writes it.
func hex(c color.Color, none string) string {
	if c == nil {
		return none
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
