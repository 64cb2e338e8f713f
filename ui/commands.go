package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/theme"
)

func (m *Model) onExported(msg exportedMsg) tea.Cmd {
	if msg.err != nil {
		return m.warn(sentence(msg.err.Error()))
	}
	return m.say("Wrote the " + msg.what + " to " + msg.file + ".")
}

// saveAnswers writes the answers to a file.
func (m *Model) saveAnswers() tea.Cmd {
	save, in := m.options.SaveAnswers, clone(m.intent)
	if save == nil {
		return nil
	}
	return m.env.guarded(func() tea.Msg {
		file, err := save(in)
		return exportedMsg{what: "answers", file: file, err: err}
	}, func(err error) tea.Msg { return exportedMsg{what: "answers", err: err} })
}

// copyCommands shows the page's commands and sends them to the clipboard. The
// terminal does not say whether it took them, so they are always shown too.
func (m *Model) copyCommands() tea.Cmd {
	commands := m.page().commands(m.Session)
	if len(commands) == 0 {
		return m.say(m.noCommands())
	}
	m.open(&reader{title: "The same by hand", own: keys.Commands, lines: func(_ *Session, width int) []string {
		lines := commandLines(m.theme, m.page().commands(m.Session), width)
		return append(lines, "", m.theme.Paint(theme.Muted, "Sent to the clipboard, if the terminal allows that (OSC 52)."))
	}})
	return tea.SetClipboard(strings.Join(commands, "\n") + "\n")
}

// noCommands says why a page has no commands.
func (m *Model) noCommands() string {
	p := m.page().facts()
	switch {
	case len(p.steps) == 0 && p.id != pagePlan:
		return "This page has no commands: nothing is done by it."
	case m.world.plan == nil && len(m.world.questions) > 0:
		return "The commands come with the plan, when everything is answered."
	case m.world.plan == nil:
		return "The commands come with the plan; there is none yet."
	default:
		return "Nothing is to be done here: it is as it must be."
	}
}
