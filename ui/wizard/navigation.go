package wizard

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Page is the page that is shown.
func (s *Session) Page() Page {
	if s.Diagnose {
		return s.Checks
	}
	return s.Pages[s.At]
}

// Show goes to a page.
func (s *Session) Show(at int) {
	s.At = max(0, min(at, len(s.Pages)-1))
	s.Reached = max(s.Reached, s.At)
	s.Diagnose = false
	s.Scroll = 0
	s.Overlays = nil
	s.Page().Refresh(s)
}

// ShowID goes to the page with an id.
func (s *Session) ShowID(id PageID) { s.Show(s.IndexOf(id)) }

// IndexOf is the place of a page in the procedure.
func (s *Session) IndexOf(id PageID) int {
	return slices.IndexFunc(s.Pages, func(p Page) bool { return p.Facts().ID == id })
}

// Touched is called when what a page shows may have changed.
func (s *Session) Touched() { s.Page().Refresh(s) }

// Untouched says that nothing has been changed, with a space behind it; empty
// once something may have been.
func (s *Session) Untouched() string {
	if s.Outcome.Result != nil || s.Run.Active() {
		return ""
	}
	return "Nothing has been changed. "
}

// Quit ends the session.
func (s *Session) Quit(left bool) tea.Cmd {
	s.Quitting = true
	s.Outcome.Left = left
	s.CancelCalls()
	return tea.Quit
}

// Resume is the command line that goes on with what was begun.
func (s *Session) Resume() string {
	in := s.Intent
	if in.Region == "" {
		in.Region = s.Identity.Region
	}
	if s.Options.Resume != nil {
		return s.Options.Resume(in)
	}
	parts := []string{"podsg", "setup"}
	if s.Intent.Cluster != "" {
		parts = append(parts, "--cluster", s.Intent.Cluster)
	}
	if s.Identity.Region != "" {
		parts = append(parts, "--region", s.Identity.Region)
	}
	return strings.Join(parts, " ")
}
