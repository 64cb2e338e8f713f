package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/theme"
)

// regionFlag is the --region flag of an aws command.
func (m *Session) regionFlag() string {
	if m.identity.Region != "" {
		return " --region " + m.identity.Region
	}
	return ""
}

// From these times on a call shows how long it takes, and that it takes longer
// than it should.
const (
	showElapsed = 2 * time.Second
	doubtful    = 8 * time.Second
)

// waiting draws a call that is under way: the spinner, what it reads, for how
// long, and what it has read so far.
func (m *Session) waiting(c *call) []string {
	if c == nil {
		return nil
	}
	t := m.theme
	elapsed := m.env.now().Sub(c.started)
	lines := []string{t.Paint(theme.Accent, m.spinner()) + " " + c.what + " …"}
	if elapsed >= showElapsed {
		lines = append(lines, "  "+t.Paint(theme.Muted, clock(elapsed)))
	}
	if c == m.reading {
		for _, read := range m.readLog {
			lines = append(lines, "  "+t.Paint(theme.Good, theme.SymbolDone)+" "+t.Paint(theme.Muted, read))
		}
	}
	if elapsed >= doubtful {
		lines = append(lines, "")
		for _, line := range []string{"This takes longer than usual; an endpoint may not answer.", "esc stops waiting."} {
			lines = append(lines, t.Paint(theme.Muted, line))
		}
	}
	return lines
}

// unread draws why a page has nothing to show yet: the world is being read, or
// could not be. ok is true when there is something to show.
func (m *Session) unread(width int) (lines []string, ok bool) {
	switch {
	case m.world.obs != nil:
		return nil, true // what could not be read again is told above every page
	case m.reading != nil:
		return m.waiting(m.reading), false
	case m.world.err != nil:
		return m.drawUnread(m.world.err, "r tries again; esc goes back.", width), false
	default:
		return []string{m.theme.Paint(theme.Muted, "Nothing has been read yet. r reads the cluster.")}, false
	}
}

// drawUnread draws why the world could not be read, and what to do about it.
func (m *Session) drawUnread(err error, what string, width int) []string {
	if steps.KindOf(err) == steps.ProblemCredentials {
		what = "Run this in another terminal, then press r here. Your answers are kept."
	}
	lines := append(drawProblem(m.theme, err, width), "")
	return append(lines, wrapped(m.theme, theme.Muted, what, width, 3)...)
}

// needsWorld reports whether there is an observation to go on with, and says
// why not.
func (m *Session) needsWorld() (tea.Cmd, bool) {
	switch {
	case m.world.obs != nil:
		return nil, true
	case m.reading != nil:
		return m.say("Still reading the cluster. esc stops waiting."), false
	default:
		return m.warn("Nothing could be read. r tries again."), false
	}
}
