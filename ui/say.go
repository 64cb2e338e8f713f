package ui

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
)

// say shows a short message.
func (m *Session) say(text string) tea.Cmd { return m.tell(theme.Accent, text) }

// warn shows a short message that something is not as wanted.
func (m *Session) warn(text string) tea.Cmd { return m.tell(theme.Warn, theme.SymbolWarning+" "+text) }

func (m *Session) tell(tone theme.Tone, text string) tea.Cmd {
	m.toast = toast{id: m.toast.id + 1, text: text, tone: tone}
	return m.env.after(toastTime, toastOverMsg{m.toast.id})
}
