package wizard

import (
	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/steps/intent"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// Pane is a live view that the run page shows beneath its changes: a rollout,
// pods with their branch ENIs, events, logs. Like every part of the screen it
// is a struct with methods; it starts its own waiting command and gets back the
// messages that it does not share with anyone.
type Pane interface {
	// Title is the pane's tab.
	Title() string
	// Start returns the command that waits for the pane's first data.
	Start() tea.Cmd
	// Update receives every message that the model does not know.
	Update(msg tea.Msg) tea.Cmd
	// Key handles a key while the pane has the focus.
	Key(k tea.KeyPressMsg) (cmd tea.Cmd, handled bool)
	// Paste takes a pasted text.
	Paste(text string)
	// Commands are what its keys do, for the footer, the help and the palette.
	Commands() []widget.Command
	// Capturing reports whether every key goes to the pane: a filter is typed.
	Capturing() bool
	// Draw draws at most height lines of exactly width cells.
	Draw(t *theme.Theme, width, height int) []string
	// Close ends what the pane started.
	Close()
}

// PaneScope is what panes look at.
type PaneScope struct {
	Observation *steps.Observation
	Target      intent.Target
}
