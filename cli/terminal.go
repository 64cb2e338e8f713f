package cli

import (
	"io"

	"github.com/charmbracelet/x/term"
)

// terminal says what the standard streams are connected to.
type terminal struct {
	stdin, stdout, stderr bool
	// plain says that the terminal, or its user, does not want full-screen
	// pages: TERM=dumb, or ACCESSIBLE for a screen reader.
	plain bool
	// asked says that the user asked for the plain mode, so that questions are
	// put even when the answers come from a pipe.
	asked bool
}

// answers reports whether questions can be put: to somebody at a terminal, or,
// line by line, to whatever the user has connected.
func (t terminal) answers() bool { return t.stdin || t.asked }

// pages reports whether full-screen pages can be shown.
func (t terminal) pages() bool { return t.interactive() && !t.plain }

// interactive reports whether there is somebody to ask.
func (t terminal) interactive() bool { return t.stdin && t.stdout }

func detectTerminal(stdin io.Reader, stdout, stderr io.Writer, env environment) terminal {
	return terminal{
		stdin: isTerminal(stdin), stdout: isTerminal(stdout), stderr: isTerminal(stderr),
		plain: env.get("TERM") == "dumb" || env.isSet("ACCESSIBLE"),
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(file.Fd())
}
