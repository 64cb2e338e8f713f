package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
)

// toastTime is how long a short message stays.
const toastTime = 4 * time.Second

// toast is a short message in the line above the footer.
type toast struct {
	id   int
	text string
	tone theme.Tone
}

// toastOverMsg takes a toast away, unless another has taken its place.
type toastOverMsg struct{ id int }

func (t *toast) end(msg toastOverMsg) {
	if msg.id == t.id {
		t.text = ""
	}
}

// say shows a short message.
func (m *Model) say(text string) tea.Cmd { return m.tell(theme.Accent, text) }

// warn shows a short message that something is not as wanted.
func (m *Model) warn(text string) tea.Cmd { return m.tell(theme.Warn, theme.SymbolWarning+" "+text) }

func (m *Model) tell(tone theme.Tone, text string) tea.Cmd {
	m.toast = toast{id: m.toast.id + 1, text: text, tone: tone}
	return m.env.after(toastTime, toastOverMsg{m.toast.id})
}
