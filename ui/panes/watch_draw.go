package panes

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// The smallest screen, and the sizes from which more views are shown at once.
const (
	minWidth, minHeight = 60, 12
	twoFrom             = 30  // lines from which two views stand one above the other
	fourFromWidth       = 150 // and from which size all four are shown
	fourFromHeight      = 36
	// doubtful is after how many seconds reading takes longer than it should.
	doubtful = 8
)

// View implements [tea.Model].
func (w *watch) View() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	v.WindowTitle = "podsg watch: " + w.title()
	switch {
	case w.width == 0:
	case w.width < minWidth || w.height < minHeight:
		v.SetContent(widget.Cut(fmt.Sprintf("podsg watch needs %d×%d cells; this is %d×%d", minWidth, minHeight, w.width, w.height), w.width))
	default:
		v.SetContent(strings.Join(w.draw(), "\n"))
		if w.palette != nil {
			d := w.palette.Draw(w.theme, w.width-4, w.height-1-w.headHeight())
			v.Cursor = tea.NewCursor(d.X+2, d.Y+w.headHeight())
		}
	}
	return v
}

// headHeight is how many lines the head of the screen takes.
func (w *watch) headHeight() int {
	if w.board != nil && w.board.trouble() != "" {
		return 2
	}
	return 1
}

// title names the cluster as soon as it is known.
func (w *watch) title() string {
	if w.board != nil && w.board.options.Title != "" {
		return w.board.options.Title
	}
	return w.screen.Title
}

func (w *watch) draw() []string {
	t := w.theme
	left := t.Paint(theme.Title, "podsg watch") + "  " + t.Paint(theme.Strong, w.title())
	if w.screen.Badge != "" {
		left += "  " + t.Paint(theme.Badge, " "+w.screen.Badge+" ")
	}
	if w.board == nil {
		lines := []string{widget.Cut(left, w.width), "", fmt.Sprintf("  Reading the cluster … %ds", w.waited)}
		if w.waited >= doubtful {
			lines = append(lines, "", "  This takes longer than usual; an endpoint may not answer. esc leaves.")
		}
		return lines
	}
	right := t.Paint(theme.Muted, rolloutText(w.board))
	lines := []string{widget.Ends(widget.Cut(left, w.width), right, w.width)}
	if trouble := w.board.trouble(); trouble != "" {
		lines = append(lines, t.Paint(theme.Warn, widget.Cut(theme.SymbolWarning+" "+trouble, w.width)))
	}
	room := w.height - 1 - len(lines)
	switch {
	case w.palette != nil:
		lines = append(lines, widget.Indent(w.palette.Draw(t, w.width-4, room).Lines, 2)...)
	case w.help != nil:
		width := min(w.width-4, helpWidth)
		lines = append(lines, widget.Indent(w.help.draw(t, width, min(room, len(w.help.lines(t, width-4))+2)), 2)...)
	default:
		lines = append(lines, w.drawViews(room)...)
	}
	for len(lines) < w.height-1 {
		lines = append(lines, "")
	}
	return append(lines[:w.height-1], w.drawKeys())
}

// drawViews draws as many views as the screen has room for, the one with the
// focus among them.
func (w *watch) drawViews(room int) []string {
	switch {
	case w.views[w.at].Zoomed() || w.height < twoFrom:
		return w.drawView(w.at, true, w.width, room)
	case w.width >= fourFromWidth && w.height >= fourFromHeight:
		half := (w.width - 3) / 2
		top, bottom := room/2, room-room/2
		lines := besides(w.theme, w.drawView(0, false, half, top), w.drawView(1, false, w.width-3-half, top))
		return append(lines, besides(w.theme, w.drawView(2, false, half, bottom), w.drawView(3, false, w.width-3-half, bottom))...)
	default:
		first := w.at / 2 * 2
		top := room / 2
		return append(w.drawView(first, false, w.width, top), w.drawView(first+1, false, w.width, room-top)...)
	}
}

// besides joins two columns of lines.
func besides(t *theme.Theme, left, right []string) []string {
	out := make([]string, len(left))
	for i := range left {
		out[i] = left[i] + t.Paint(theme.Rule, " │ ") + right[i]
	}
	return out
}

// drawView draws a view beneath its title, or beneath the titles of all views
// when it is alone.
func (w *watch) drawView(i int, alone bool, width, height int) []string {
	t := w.theme
	title := func(i int) string {
		tone := theme.Muted
		if i == w.at {
			tone = theme.Accent
		}
		return t.Paint(tone, fmt.Sprintf("%d %s", i+1, w.views[i].Title()))
	}
	head := t.Paint(theme.Rule, "── ") + title(i) + " "
	if alone {
		var titles []string
		for i := range w.views {
			titles = append(titles, title(i))
		}
		head = t.Paint(theme.Rule, "── ") + strings.Join(titles, t.Paint(theme.Rule, " │ ")) + " "
	}
	head += t.Paint(theme.Rule, strings.Repeat("─", max(0, width-widget.Width(head))))
	w.views[i].dim(i != w.at)
	lines := append([]string{widget.Fit(head, width)}, w.views[i].Draw(t, width, height-1)...)
	for len(lines) < height {
		lines = append(lines, strings.Repeat(" ", width))
	}
	return lines[:height]
}

// drawKeys is the line of keys: what works on the whole screen, at its end, and
// before it as much else as fits.
func (w *watch) drawKeys() string {
	const between = "  "
	room := w.width
	items := func(scope keys.Scope) []string {
		var out []string
		for b := range scope.Bindings() {
			key, name := footer(b)
			size := widget.Width(key) + 1 + widget.Width(name) + len(between)
			if name == "" || size > room {
				continue
			}
			room -= size
			out = append(out, w.theme.Paint(theme.Key, key)+" "+w.theme.Paint(theme.Muted, name))
		}
		return out
	}
	right := items(keys.OnWatch)
	left := items(keys.InView)
	return widget.Ends(" "+strings.Join(left, between), strings.Join(right, between)+" ", w.width)
}

// footer is what the line of keys calls the key and what it does; left and
// right are one item there, and what moves is none. An empty name: it is not
// there.
func footer(b keys.Binding) (key, name string) {
	switch {
	case b.Action == keys.Left:
		return "←→", "column"
	case b.Moves:
		return "", ""
	default:
		return b.Key(), b.Name
	}
}

// helpWidth is how wide the help is at most: longer lines are hard to read.
const helpWidth = 96

// explain is the help: what the view that has the focus shows, and the keys.
func (w *watch) explain() *details {
	view := w.views[w.at]
	return &details{title: view.Title(), lines: func(t *theme.Theme, width int) []string {
		lines := append(widget.Wrap(view.help(), width), "", t.Paint(theme.Title, "Keys"))
		add := func(names, about string) {
			for _, line := range widget.Wrap(about, width-keysWidth-2) {
				lines = append(lines, t.Paint(theme.Key, widget.Fit(names, keysWidth))+"  "+line)
				names = ""
			}
		}
		for b := range onScreen.Bindings() {
			add(b.AllKeys(), b.About)
		}
		add(fmt.Sprintf("1 to %d", len(w.views)), "go to a view")
		return lines
	}}
}

// keysWidth is how wide the keys are in the help.
const keysWidth = 19
