package ui

import (
	"podsg/ui/keys"
	"podsg/ui/overlays"
	"podsg/ui/pages"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// newExplanation is the long explanation of the page, and its keys.
func newExplanation(m *Model) *overlays.Reader {
	return &overlays.Reader{Title: m.Page().Facts().Title, Own: keys.Explain, Lines: func(_ *wizard.Session, width int) []string {
		lines := widget.Wrap(m.Page().Guide(m.Session).About, width)
		if more := pages.Explanation(m.Session, m.Page(), width); len(more) > 0 {
			lines = append(append(lines, ""), more...)
		}
		lines = append(lines, "", m.Theme.Paint(theme.Title, "Keys"))
		return append(lines, keyHelp(m, width)...)
	}}
}

// keyHelp lists the keys, those of the page first.
func keyHelp(m *Model, width int) []string {
	var out []string
	own := m.Page().Offers(m.Session)
	add := func(b keys.Binding) {
		if len(b.Keys) == 0 {
			return
		}
		name := b.About
		switch l := m.Page().Label(m.Session, b.Action); {
		case l == wizard.NoAction:
			return
		case l != "" && l != b.Name:
			name = l + ": " + name
		}
		out = append(out, helpLine(m.Theme, b.AllKeys(), name, width)...)
	}
	seen := map[keys.Action]bool{}
	for _, a := range own {
		if !seen[a] {
			add(keys.OnPages.Binding(a))
		}
		seen[a] = true
	}
	if pane := m.shownPane(); pane != nil {
		out = append(out, "", m.Theme.Paint(theme.Title, "Keys of the live view "+pane.Title()+", after tab"))
		for _, c := range pane.Commands() {
			out = append(out, helpLine(m.Theme, c.Keys, c.About, width)...)
		}
		out = append(out, "", m.Theme.Paint(theme.Title, "Everywhere"))
	}
	for b := range keys.OnPages.Bindings() {
		if (b.Always || b.Moves) && !seen[b.Action] {
			add(b)
		}
	}
	return out
}

// helpLine is a line of the help: keys, and what they do.
func helpLine(t *theme.Theme, keys, about string, width int) []string {
	var out []string
	for _, line := range widget.Wrap(about, width-24) {
		out = append(out, t.Paint(theme.Key, widget.Fit(keys, 22))+"  "+line)
		keys = ""
	}
	return out
}
