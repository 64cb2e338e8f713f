package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/overlays"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

func newPalette(m *Model) overlays.Palette {
	return overlays.Palette{Palette: widget.NewPalette("All actions", m.paletteCommands())}
}

// paletteCommands lists what can be done now: the actions of the table of keys,
// those of the live view that is shown, and the pages that have been reached.
func (m *Model) paletteCommands() []widget.Command {
	var out []widget.Command
	for b := range keys.OnPages.Bindings() {
		if b.Hidden || !m.offered(b) {
			continue
		}
		name := b.Name
		if l := m.Page().Label(m.Session, b.Action); l != "" {
			name = l
		}
		if name == wizard.NoAction {
			continue
		}
		out = append(out, widget.Command{
			Key: b.Key(), About: strings.ToUpper(name[:1]) + name[1:] + ": " + b.About,
			Run: func() tea.Cmd { return m.do(b.Action) },
		})
	}
	out = append(out, m.paneCommands()...)
	for i, p := range m.Pages {
		if i > m.Reached || m.Run.Active() || p == m.Page() {
			continue
		}
		out = append(out, widget.Command{About: fmt.Sprintf("Go to page %d, %s", i+1, p.Facts().Title), Run: func() tea.Cmd {
			m.Show(i)
			return nil
		}})
	}
	return out
}

// paneCommands are what the live views of the run page can do: to be gone to,
// and what the one that is shown does. It gets the focus by it, so that the
// keys that follow go there too.
func (m *Model) paneCommands() []widget.Command {
	shown := m.shownPane()
	if shown == nil {
		return nil
	}
	r := &m.Run
	var out []widget.Command
	for i, pane := range r.Panes {
		out = append(out, widget.Command{About: "Live view " + pane.Title() + ": give it the keys", Run: func() tea.Cmd {
			r.Pane, r.PaneFocus = i, true
			return nil
		}})
	}
	for _, c := range shown.Commands() {
		if c.Name == "" {
			continue
		}
		run := c.Run
		c.About = shown.Title() + ", " + c.Name + ": " + c.About
		c.Run = func() tea.Cmd {
			r.PaneFocus = true
			return run()
		}
		out = append(out, c)
	}
	return out
}

// offered reports whether an action means something on the page that is shown.
func (m *Model) offered(b keys.Binding) bool {
	switch b.Action {
	case keys.Save:
		return m.Options.SaveAnswers != nil
	case keys.Diagnose:
		return m.World.Obs != nil && !m.Diagnose && !m.Run.Active()
	case keys.Wizard:
		return m.Diagnose && !m.OnlyChecks
	case keys.Retry:
		return !m.Run.Active()
	}
	if b.Always {
		return true
	}
	for _, a := range m.Page().Offers(m.Session) {
		if a == b.Action {
			return true
		}
	}
	return false
}
