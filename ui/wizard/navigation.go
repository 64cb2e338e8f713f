package wizard

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Page is the page that is shown.
func (m *Session) Page() Page {
	if m.Diagnose {
		return m.Checks
	}
	return m.Pages[m.At]
}

// Show goes to a page.
func (m *Session) Show(at int) {
	m.At = max(0, min(at, len(m.Pages)-1))
	m.Reached = max(m.Reached, m.At)
	m.Diagnose = false
	m.Scroll = 0
	m.Overlays = nil
	m.Page().Refresh(m)
}

// ShowID goes to the page with an id.
func (m *Session) ShowID(id PageID) { m.Show(m.IndexOf(id)) }

// IndexOf is the place of a page in the procedure.
func (m *Session) IndexOf(id PageID) int {
	return slices.IndexFunc(m.Pages, func(p Page) bool { return p.Facts().ID == id })
}

// Touched is called when what a page shows may have changed.
func (m *Session) Touched() { m.Page().Refresh(m) }

// Untouched says that nothing has been changed, with a space behind it; empty
// once something may have been.
func (m *Session) Untouched() string {
	if m.Outcome.Result != nil || m.Run.Active() {
		return ""
	}
	return "Nothing has been changed. "
}

// Quit ends the session.
func (m *Session) Quit(left bool) tea.Cmd {
	m.Quitting = true
	m.Outcome.Left = left
	m.CancelCalls()
	return tea.Quit
}

// Resume is the command line that goes on with what was begun.
func (m *Session) Resume() string {
	in := m.Intent
	if in.Region == "" {
		in.Region = m.Identity.Region
	}
	if m.Options.Resume != nil {
		return m.Options.Resume(in)
	}
	parts := []string{"podsg", "setup"}
	if m.Intent.Cluster != "" {
		parts = append(parts, "--cluster", m.Intent.Cluster)
	}
	if m.Identity.Region != "" {
		parts = append(parts, "--region", m.Identity.Region)
	}
	return strings.Join(parts, " ")
}
