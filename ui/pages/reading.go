package pages

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/shell"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

// regionFlag is the --region flag of an aws command.
func regionFlag(s *wizard.Session) shell.Words {
	if s.Identity.Region != "" {
		return shell.Words(shell.Command(" --region %s", s.Identity.Region))
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
func waiting(s *wizard.Session, c *wizard.Call) []string {
	if c == nil {
		return nil
	}
	t := s.Theme
	elapsed := s.Env.Now().Sub(c.Started)
	lines := []string{t.Paint(theme.Accent, s.Spinner()) + " " + c.What + " …"}
	if elapsed >= showElapsed {
		lines = append(lines, "  "+t.Paint(theme.Muted, phrase.Clock(elapsed)))
	}
	if c == s.Reading {
		for _, read := range s.ReadLog {
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
func unread(s *wizard.Session, width int) (lines []string, ok bool) {
	switch {
	case s.World.Obs != nil:
		return nil, true // what could not be read again is told above every page
	case s.Reading != nil:
		return waiting(s, s.Reading), false
	case s.World.Err != nil:
		return DrawUnread(s, s.World.Err, "r tries again; esc goes back.", width), false
	default:
		return []string{s.Theme.Paint(theme.Muted, "Nothing has been read yet. r reads the cluster.")}, false
	}
}

// DrawUnread draws why the world could not be read, and what to do about it.
func DrawUnread(s *wizard.Session, err error, what string, width int) []string {
	if world.KindOf(err) == world.ProblemCredentials {
		what = "Run this in another terminal, then press r here. Your answers are kept."
	}
	lines := append(draw.Problem(s.Theme, err, width), "")
	return append(lines, draw.Wrapped(s.Theme, theme.Muted, what, width, 3)...)
}

// needsWorld reports whether there is an observation to go on with, and says
// why not.
func needsWorld(s *wizard.Session) (tea.Cmd, bool) {
	switch {
	case s.World.Obs != nil:
		return nil, true
	case s.Reading != nil:
		return s.Say("Still reading the cluster. esc stops waiting."), false
	default:
		return s.Warn("Nothing could be read. r tries again."), false
	}
}
