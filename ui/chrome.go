package ui

import (
	"cmp"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"

	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// drawChrome draws what surrounds the page: header, rail, rules and footer.
func (m *Model) drawChrome(c *canvas) {
	l, t := m.Layout, m.Theme
	c.lines(l.Header, []string{m.header(l.Width)})
	c.lines(l.HeaderRule, []string{t.Paint(theme.Rule, strings.Repeat("─", l.Width))})
	c.lines(l.FooterRule, []string{t.Paint(theme.Rule, strings.Repeat("─", l.Width))})
	c.lines(l.Footer, []string{m.footer(l.Width)})
	for _, x := range []int{l.RailRule, l.AsideRule} {
		if x == 0 {
			continue
		}
		area := uv.Rect(x, l.HeaderRule.Max.Y, 1, l.FooterRule.Min.Y-l.HeaderRule.Max.Y)
		lines := make([]string, area.Dy())
		for i := range lines {
			lines[i] = t.Paint(theme.Rule, "│")
		}
		c.lines(area, lines)
	}
	if !l.Rail.Empty() {
		c.lines(l.Rail, m.railLines(l.Rail.Dx()))
	}
}

// header names what podsg works on: cluster, region, account and context, as
// many as fit, and the mark of the practice world.
func (m *Model) header(width int) string {
	t := m.Theme
	right := ""
	if m.Reading != nil || m.Listing != nil || m.Run.Active() {
		right = t.Paint(theme.Accent, m.Spinner()) + " "
	}
	if s := m.Options.Sandbox; s != nil {
		right += t.Paint(theme.Badge, " practice world ") + " "
	}
	type part struct{ name, value string }
	context := m.Options.Context
	if m.World.Obs != nil && m.World.Obs.Snapshot.Kube.Context != "" {
		context = m.World.Obs.Snapshot.Kube.Context
	}
	parts := []part{{"cluster", m.Intent.Cluster}, {"region", cmp.Or(m.Identity.Region, m.Options.Region)}, {"account", m.Identity.Account}, {"context", context}}
	build := func(n int, named bool) string {
		out := " " + t.Paint(theme.Title, "podsg")
		for _, p := range parts[:n] {
			if p.value == "" {
				continue
			}
			out += t.Paint(theme.Rule, "  │  ")
			if named || p.name == "account" || p.name == "context" {
				out += t.Paint(theme.Muted, p.name+" ")
			}
			tone := theme.Plain
			if p.name == "cluster" {
				tone = theme.Strong
			}
			out += t.Paint(tone, p.value)
		}
		return out
	}
	for n := len(parts); n > 0; n-- {
		for _, named := range []bool{true, false} {
			if left := build(n, named); widget.Width(left)+widget.Width(right)+2 <= width {
				return widget.Ends(left, right, width)
			}
		}
	}
	return widget.Ends(build(0, false), right, width)
}

// railLines are the pages of the procedure with their state.
func (m *Model) railLines(width int) []string {
	t := m.Theme
	lines := make([]string, 0, len(m.Pages)+1)
	if m.Diagnose {
		lines = append(lines, t.Paint(theme.Accent, theme.SymbolCurrent+" Diagnose"))
	}
	for i, p := range m.Pages {
		f := p.Facts()
		if m.Diagnose && m.OnlyChecks && i < m.IndexOf(wizard.PagePlan) {
			continue // no questions lie before the plan that mends what failed
		}
		symbol, tone := theme.SymbolTodo, theme.Muted
		_, asked := m.World.Question(f.Answers)
		switch {
		case i == m.At && !m.Diagnose:
			symbol, tone = theme.SymbolCurrent, theme.Accent
		case f.ID == wizard.PageRun && m.Run.Active():
			symbol, tone = m.Spinner(), theme.Accent
		case m.World.AnswerErr != nil && wizard.Concerns(wizard.RefusedKey(m.World.AnswerErr), f.Answers):
			symbol, tone = theme.SymbolWarning, theme.Warn
		case asked && i < m.Reached:
			symbol, tone = theme.SymbolQuestion, theme.Warn
		case i < m.Reached:
			symbol, tone = theme.SymbolDone, theme.Plain
		case i == m.Reached:
			tone = theme.Plain
		}
		if tone == theme.Plain && symbol == theme.SymbolDone {
			lines = append(lines, t.Paint(theme.Good, symbol)+" "+widget.Cut(f.Rail, width-2))
			continue
		}
		lines = append(lines, t.Paint(tone, symbol+" "+widget.Cut(f.Rail, width-2)))
	}
	return lines
}

// drawToast draws a short message in the line above the footer; one that is
// too long takes lines off the page for as long as it stays.
func (m *Model) drawToast(c *canvas) {
	if m.Toast.Text == "" {
		return
	}
	t, rule := m.Theme, m.Layout.FooterRule
	lines := widget.Wrap(m.Toast.Text, rule.Dx()-8)
	for i, line := range lines {
		edge := "   "
		if i == len(lines)-1 {
			edge = "── "
		}
		lines[i] = t.Paint(theme.Rule, edge) + t.Paint(m.Toast.Tone, line) + " "
		left := rule.Dx() - widget.Width(lines[i])
		if i == len(lines)-1 {
			lines[i] += t.Paint(theme.Rule, strings.Repeat("─", left))
		} else {
			lines[i] += strings.Repeat(" ", left)
		}
	}
	c.lines(uv.Rect(rule.Min.X, rule.Max.Y-len(lines), rule.Dx(), len(lines)), lines)
}

// footer is the help: the keys that matter on this page, as many as fit.
func (m *Model) footer(width int) string {
	if m.Overlay() == nil && m.Page().Capturing(m.Session) && !m.editing() {
		return " " + m.hints(width, []hint{{"enter", "done"}, {"esc", "show all"}, {"↑↓", "move"}})
	}
	if m.Overlay() == nil && m.editing() {
		return " " + m.hints(width, []hint{{"enter", "keep"}, {"esc", "undo"}, {"tab", "keep and next"}, {"ctrl+u", "empty"}})
	}
	if m.Overlay() != nil {
		return " " + m.hints(width, []hint{{"esc", "close"}})
	}
	p := m.Page()
	order := []keys.Action{}
	if !m.Diagnose {
		order = append(order, keys.Continue)
	}
	order = append(order, p.Offers(m.Session)...)
	order = append(order, keys.Back, keys.Explain, keys.Commands, keys.Quit)
	if m.Run.Active() {
		order = []keys.Action{keys.Stop, keys.Down, keys.Views, keys.Explain, keys.Commands}
		if len(m.Run.Panes) == 0 {
			order = []keys.Action{keys.Stop, keys.Down, keys.Explain, keys.Commands}
		}
	}
	var hints []hint
	if pane := m.focusedPane(); pane != nil {
		hints, order = m.paneHints(pane), nil
	}
	seen := map[keys.Action]bool{}
	for _, a := range order {
		b := keys.OnPages.Binding(a)
		if seen[a] || a == keys.Back && m.At == 0 && !m.Diagnose {
			continue
		}
		seen[a] = true
		name := p.Label(m.Session, a)
		if name == "" {
			name = b.Name
		}
		if name == wizard.NoAction {
			continue
		}
		key := b.Key()
		switch a {
		case keys.Down:
			key = "↑↓"
		case keys.Right:
			key = "←→"
		}
		hints = append(hints, hint{key, name})
	}
	// The way to everything else keeps its place at the right end.
	more := "more"
	if width >= 110 {
		more = "all actions"
	}
	palette := m.hints(width, []hint{{keys.OnPages.Binding(keys.Palette).Key(), more}})
	right := strings.TrimRight(palette, " ") + " "
	return widget.Ends(" "+strings.TrimRight(m.hints(width-widget.Width(right)-1, hints), " "), right, width)
}

// paneHints are the keys of the live view that has the focus, after the two that
// are not its own.
func (m *Model) paneHints(pane wizard.Pane) []hint {
	hints := []hint{{keys.OnPages.Binding(keys.Views).Key(), "next view"}}
	if m.Run.Active() {
		hints = append(hints, hint{keys.OnPages.Binding(keys.Stop).Key(), keys.OnPages.Binding(keys.Stop).Name})
	}
	for _, c := range pane.Commands() {
		if c.Name != "" {
			hints = append(hints, hint{c.Key, c.Name})
		}
	}
	return hints
}

// hint is a key with what it does.
type hint struct{ key, name string }

func (m *Model) hints(width int, hints []hint) string {
	var b strings.Builder
	used := 1
	for _, h := range hints {
		w := widget.Width(h.key) + 1 + widget.Width(h.name) + 3
		if used+w-3 > width-1 {
			break
		}
		b.WriteString(m.Theme.Paint(theme.Key, h.key) + " " + m.Theme.Paint(theme.Muted, h.name) + "   ")
		used += w
	}
	return b.String()
}

// editing reports whether the page has a text under change, and not a filter.
func (m *Model) editing() bool {
	p, ok := m.Page().(wizard.Editor)
	return ok && p.Editing()
}
