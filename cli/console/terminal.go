package console

import (
	"io"

	"github.com/charmbracelet/x/term"

	"podsg/cli/environment"
)

// Terminal says what the standard streams are connected to.
type Terminal struct {
	stdin, stdout, stderr bool
	// Plain says that the terminal, or its user, does not want full-screen
	// pages: TERM=dumb, or ACCESSIBLE for a screen reader.
	Plain bool
	// Asked says that the user asked for the plain mode, so that questions are
	// put even when the answers come from a pipe.
	Asked bool
}

// Answers reports whether questions can be put: to somebody at a terminal, or,
// line by line, to whatever the user has connected.
func (t Terminal) Answers() bool { return t.stdin || t.Asked }

// Pages reports whether full-screen pages can be shown.
func (t Terminal) Pages() bool { return t.Interactive() && !t.Plain }

// Interactive reports whether there is somebody to ask.
func (t Terminal) Interactive() bool { return t.stdin && t.stdout }

func detectTerminal(stdin io.Reader, stdout, stderr io.Writer, env environment.Variables) Terminal {
	return Terminal{
		stdin: isTerminal(stdin), stdout: isTerminal(stdout), stderr: isTerminal(stderr),
		Plain: env.Get("TERM") == "dumb" || env.IsSet("ACCESSIBLE"),
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(file.Fd())
}
