package cli

import (
	"io"
	"os"

	"podsg/cli/practice"
)

// Process is what a run of podsg gets from the operating system.
type Process struct {
	Args    []string // without the program's name
	Environ []string // as os.Environ gives it
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	// Signals delivers interruptions: the first stops the work in hand, the
	// second ends the process. Nil: there are none.
	Signals  <-chan os.Signal
	Build    Build
	Practice practice.Worlds
}
