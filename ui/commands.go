package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/overlays"
	"podsg/ui/pages"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

func (m *Model) onExported(msg pages.ExportedMsg) tea.Cmd {
	if msg.Err != nil {
		return m.Warn(phrase.Sentence(msg.Err.Error()))
	}
	return m.Say("Wrote the " + msg.What + " to " + msg.File + ".")
}

// saveAnswers writes the answers to a file.
func (m *Model) saveAnswers() tea.Cmd {
	save, in := m.Options.SaveAnswers, wizard.Clone(m.Intent)
	if save == nil {
		return nil
	}
	return m.Env.Guarded(func() tea.Msg {
		file, err := save(in)
		return pages.ExportedMsg{What: "answers", File: file, Err: err}
	}, func(err error) tea.Msg { return pages.ExportedMsg{What: "answers", Err: err} })
}

// copyCommands shows the page's commands and sends them to the clipboard. The
// terminal does not say whether it took them, so they are always shown too.
func (m *Model) copyCommands() tea.Cmd {
	commands := m.Page().Commands(m.Session)
	if len(commands) == 0 {
		return m.Say(m.noCommands())
	}
	m.Open(&overlays.Reader{Title: "The same by hand", Own: keys.Commands, Lines: func(_ *wizard.Session, width int) []string {
		lines := draw.Commands(m.Theme, m.Page().Commands(m.Session), width)
		return append(lines, "", m.Theme.Paint(theme.Muted, "Sent to the clipboard, if the terminal allows that (OSC 52)."))
	}})
	return tea.SetClipboard(strings.Join(commands, "\n") + "\n")
}

// noCommands says why a page has no commands.
func (m *Model) noCommands() string {
	p := m.Page().Facts()
	switch {
	case len(p.Steps) == 0 && p.ID != wizard.PagePlan:
		return "This page has no commands: nothing is done by it."
	case m.World.Plan == nil && len(m.World.Questions) > 0:
		return "The commands come with the plan, when everything is answered."
	case m.World.Plan == nil:
		return "The commands come with the plan; there is none yet."
	default:
		return "Nothing is to be done here: it is as it must be."
	}
}
