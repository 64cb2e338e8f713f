package ui

import (
	"strings"

	uv "github.com/charmbracelet/ultraviolet"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// drawChrome draws what surrounds the page: header, rail, rules and footer.
func (m *Model) drawChrome(c *canvas) {
	l, t := m.layout, m.theme
	c.lines(l.header, []string{m.header(l.width)})
	c.lines(l.headerRule, []string{t.Paint(theme.Rule, strings.Repeat("─", l.width))})
	c.lines(l.footerRule, []string{t.Paint(theme.Rule, strings.Repeat("─", l.width))})
	c.lines(l.footer, []string{m.footer(l.width)})
	for _, x := range []int{l.railRule, l.asideRule} {
		if x == 0 {
			continue
		}
		area := uv.Rect(x, l.headerRule.Max.Y, 1, l.footerRule.Min.Y-l.headerRule.Max.Y)
		lines := make([]string, area.Dy())
		for i := range lines {
			lines[i] = t.Paint(theme.Rule, "│")
		}
		c.lines(area, lines)
	}
	if !l.rail.Empty() {
		c.lines(l.rail, m.railLines(l.rail.Dx()))
	}
}

// header names what podsg works on: cluster, region, account and context, as
// many as fit, and the mark of the practice world.
func (m *Model) header(width int) string {
	t := m.theme
	right := ""
	if m.reading != nil || m.listing != nil || m.run.active() {
		right = t.Paint(theme.Accent, m.spinner()) + " "
	}
	if s := m.options.Sandbox; s != nil {
		right += t.Paint(theme.Badge, " practice world ") + " "
	}
	type part struct{ name, value string }
	region := m.identity.Region
	if region == "" {
		region = m.options.Region
	}
	context := m.options.Context
	if m.world.obs != nil && m.world.obs.Snapshot.Kube.Context != "" {
		context = m.world.obs.Snapshot.Kube.Context
	}
	parts := []part{{"cluster", m.intent.Cluster}, {"region", region}, {"account", m.identity.Account}, {"context", context}}
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

// spinner is the frame for this moment.
func (m *Model) spinner() string {
	n := m.env.now().UnixMilli() / tickEvery.Milliseconds()
	return theme.SpinnerFrames[int(n)%len(theme.SpinnerFrames)]
}

// railLines are the pages of the procedure with their state.
func (m *Model) railLines(width int) []string {
	t := m.theme
	lines := make([]string, 0, len(m.pages)+1)
	if m.diagnose {
		lines = append(lines, t.Paint(theme.Accent, theme.SymbolCurrent+" Diagnose"))
	}
	for i, p := range m.pages {
		f := p.facts()
		if m.diagnose && m.onlyChecks && i < m.indexOf(pagePlan) {
			continue // no questions lie before the plan that mends what failed
		}
		symbol, tone := theme.SymbolTodo, theme.Muted
		_, asked := m.world.question(f.answers)
		switch {
		case i == m.at && !m.diagnose:
			symbol, tone = theme.SymbolCurrent, theme.Accent
		case f.id == pageRun && m.run.active():
			symbol, tone = m.spinner(), theme.Accent
		case refuses(m.world.answerErr, f.answers):
			symbol, tone = theme.SymbolWarning, theme.Warn
		case asked && i < m.reached:
			symbol, tone = theme.SymbolQuestion, theme.Warn
		case i < m.reached:
			symbol, tone = theme.SymbolDone, theme.Plain
		case i == m.reached:
			tone = theme.Plain
		}
		if tone == theme.Plain && symbol == theme.SymbolDone {
			lines = append(lines, t.Paint(theme.Good, symbol)+" "+widget.Cut(f.rail, width-2))
			continue
		}
		lines = append(lines, t.Paint(tone, symbol+" "+widget.Cut(f.rail, width-2)))
	}
	return lines
}

// drawToast draws a short message in the line above the footer; one that is
// too long takes lines off the page for as long as it stays.
func (m *Model) drawToast(c *canvas) {
	if m.toast.text == "" {
		return
	}
	t, rule := m.theme, m.layout.footerRule
	lines := widget.Wrap(m.toast.text, rule.Dx()-8)
	for i, line := range lines {
		edge := "   "
		if i == len(lines)-1 {
			edge = "── "
		}
		lines[i] = t.Paint(theme.Rule, edge) + t.Paint(m.toast.tone, line) + " "
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
	if m.overlay() == nil && m.page().capturing(m) && !m.editing() {
		return " " + m.hints(width, []hint{{"enter", "done"}, {"esc", "show all"}, {"↑↓", "move"}})
	}
	if m.overlay() == nil && m.editing() {
		return " " + m.hints(width, []hint{{"enter", "keep"}, {"esc", "undo"}, {"tab", "keep and next"}, {"ctrl+u", "empty"}})
	}
	if m.overlay() != nil {
		return " " + m.hints(width, []hint{{"esc", "close"}})
	}
	p := m.page()
	order := []action{}
	if !m.diagnose {
		order = append(order, actContinue)
	}
	order = append(order, p.offers(m)...)
	order = append(order, actBack, actExplain, actCommands, actQuit)
	if m.run.active() {
		order = []action{actStop, actDown, actPanes, actExplain, actCommands}
		if len(m.run.panes) == 0 {
			order = []action{actStop, actDown, actExplain, actCommands}
		}
	}
	var hints []hint
	if pane := m.focusedPane(); pane != nil {
		hints, order = m.paneHints(pane), nil
	}
	seen := map[action]bool{}
	for _, a := range order {
		b := bindingOf(a)
		if seen[a] || a == actBack && m.at == 0 && !m.diagnose {
			continue
		}
		seen[a] = true
		name := p.label(m, a)
		if name == "" {
			name = b.name
		}
		if name == noAction {
			continue
		}
		key := b.keyLabel(false)
		switch a {
		case actDown:
			key = "↑↓"
		case actRight:
			key = "←→"
		}
		hints = append(hints, hint{key, name})
	}
	// The way to everything else keeps its place at the right end.
	more := "more"
	if width >= 110 {
		more = "all actions"
	}
	palette := m.hints(width, []hint{{bindingOf(actPalette).keyLabel(false), more}})
	right := strings.TrimRight(palette, " ") + " "
	return widget.Ends(" "+strings.TrimRight(m.hints(width-widget.Width(right)-1, hints), " "), right, width)
}

// paneHints are the keys of the live view that has the focus, after the two that
// are not its own.
func (m *Model) paneHints(pane Pane) []hint {
	hints := []hint{{bindingOf(actPanes).keyLabel(false), "next view"}}
	if m.run.active() {
		hints = append(hints, hint{bindingOf(actStop).keyLabel(false), bindingOf(actStop).name})
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
		b.WriteString(m.theme.Paint(theme.Key, h.key) + " " + m.theme.Paint(theme.Muted, h.name) + "   ")
		used += w
	}
	return b.String()
}

// editing reports whether the page has a text under change, and not a filter.
func (m *Model) editing() bool {
	p, ok := m.page().(interface{ editing() bool })
	return ok && p.editing()
}
