package wizard

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
)

// Say shows a short message.
func (m *Session) Say(text string) tea.Cmd { return m.tell(theme.Accent, text) }

// Warn shows a short message that something is not as wanted.
func (m *Session) Warn(text string) tea.Cmd { return m.tell(theme.Warn, theme.SymbolWarning+" "+text) }

func (m *Session) tell(tone theme.Tone, text string) tea.Cmd {
	m.Toast = toast{id: m.Toast.id + 1, Text: text, Tone: tone}
	return m.Env.After(ToastTime, ToastOverMsg{m.Toast.id})
}
