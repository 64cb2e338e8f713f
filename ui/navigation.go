package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// page is the page that is shown.
func (m *Session) page() page {
	if m.diagnose {
		return m.checks
	}
	return m.pages[m.at]
}

// show goes to a page.
func (m *Session) show(at int) {
	m.at = max(0, min(at, len(m.pages)-1))
	m.reached = max(m.reached, m.at)
	m.diagnose = false
	m.scroll = 0
	m.overlays = nil
	m.page().refresh(m)
}

// showID goes to the page with an id.
func (m *Session) showID(id pageID) { m.show(m.indexOf(id)) }

// indexOf is the place of a page in the procedure.
func (m *Session) indexOf(id pageID) int {
	return slices.IndexFunc(m.pages, func(p page) bool { return p.facts().id == id })
}

// touched is called when what a page shows may have changed.
func (m *Session) touched() { m.page().refresh(m) }

// untouched says that nothing has been changed, with a space behind it; empty
// once something may have been.
func (m *Session) untouched() string {
	if m.outcome.Result != nil || m.run.active() {
		return ""
	}
	return "Nothing has been changed. "
}

// quit ends the session.
func (m *Session) quit(left bool) tea.Cmd {
	m.quitting = true
	m.outcome.Left = left
	m.cancelCalls()
	return tea.Quit
}

// resume is the command line that goes on with what was begun.
func (m *Session) resume() string {
	in := m.intent
	if in.Region == "" {
		in.Region = m.identity.Region
	}
	if m.options.Resume != nil {
		return m.options.Resume(in)
	}
	parts := []string{"podsg", "setup"}
	if m.intent.Cluster != "" {
		parts = append(parts, "--cluster", m.intent.Cluster)
	}
	if m.identity.Region != "" {
		parts = append(parts, "--region", m.identity.Region)
	}
	return strings.Join(parts, " ")
}
