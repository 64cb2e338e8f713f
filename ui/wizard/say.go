package wizard

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
)

// Say shows a short message.
func (s *Session) Say(text string) tea.Cmd { return s.tell(theme.Accent, text) }

// Warn shows a short message that something is not as wanted.
func (s *Session) Warn(text string) tea.Cmd { return s.tell(theme.Warn, theme.SymbolWarning+" "+text) }

func (s *Session) tell(tone theme.Tone, text string) tea.Cmd {
	s.Toast = toast{id: s.Toast.id + 1, Text: text, Tone: tone}
	return s.Env.After(ToastTime, ToastOverMsg{s.Toast.id})
}
