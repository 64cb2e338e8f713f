// Package fullscreen runs a Bubble Tea program on a terminal and gives the
// terminal back as it was.
package fullscreen

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// framesPerSecond is how often the screen is drawn at most.
const framesPerSecond = 30

// Terminal is where a program reads keys and draws. What is nil is the
// process's own.
type Terminal struct {
	Input   io.Reader
	Output  io.Writer
	Environ []string
	// NoColor says that meaning must do without colour.
	NoColor bool
	// Leave is closed when the user will not wait any longer for what the end of
	// ctx has stopped; nil: that never happens.
	Leave <-chan struct{}
}

// Run runs a program until it quits or ctx ends; neither is an error. Signals
// are left to the caller, who ends ctx at them.
func (t Terminal) Run(ctx context.Context, model tea.Model) error {
	options := []tea.ProgramOption{tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler()}
	if t.Input != nil {
		options = append(options, tea.WithInput(t.Input))
	}
	if t.Output != nil {
		options = append(options, tea.WithOutput(t.Output))
	}
	if t.Environ != nil {
		options = append(options, tea.WithEnvironment(t.Environ))
	}
	if t.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	program := tea.NewProgram(model, options...)
	// Not tea.WithContext, which kills: a killed program closes its input while
	// it is still being read.
	defer context.AfterFunc(ctx, program.Quit)()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-t.Leave:
			program.Kill()
		case <-ended:
		}
	}()
	if _, err := program.Run(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil // a terminal that hung up fails too, after ctx has ended
}
