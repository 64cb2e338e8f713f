package cli

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"podsg/cli/clients"
	"podsg/cli/console"
	"podsg/cli/environment"
	"podsg/cli/flags"
)

// Run carries out one command line and returns the exit code of the process.
// It returns early, while work still goes on, after a second interruption.
func Run(p Process) int { return newApp(p).run() }

// app is one run of podsg.
type app struct {
	process  Process
	out      *console.Console
	sessions *sessions
	left     chan struct{} // closed when the user leaves without waiting
	root     *cobra.Command
}

func newApp(p Process) *app {
	if info, ok := debug.ReadBuildInfo(); ok {
		p.Build = p.Build.completed(info)
	}
	env := environment.Parse(p.Environ)
	out := console.New(p.Stdin, p.Stdout, p.Stderr, env)
	out.JSON = flags.RequestedFormat(p.Args, env) == flags.FormatJSON
	left := make(chan struct{})
	s := &sessions{
		out: out, options: &options{}, worlds: p.Practice, connect: clients.Open, screens: newScreens(out, p.Environ, left),
		version: p.Build.Version, args: p.Args,
	}
	return &app{process: p, out: out, sessions: s, left: left, root: newRoot(p, env, out, s)}
}

func (a *app) run() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	done := make(chan int, 1)
	go func() { done <- a.execute(ctx) }()
	interrupted := false
	for {
		select {
		case code := <-done:
			return code
		case sig := <-a.process.Signals:
			if interrupted {
				return a.leave(done)
			}
			interrupted = true
			a.out.Say("%s: stopping when the call in hand has ended; again to leave at once", sig)
			cancel(errInterrupted)
		}
	}
}

// screenTime is how long a full screen may take to give the terminal back.
const screenTime = time.Second

// leave ends the process at once, but for the terminal, which must be given back
// as it was.
func (a *app) leave(done <-chan int) int {
	close(a.left)
	if a.sessions.screens.shown.Load() {
		select {
		case <-done:
		case <-time.After(screenTime):
		}
	}
	return ExitInterrupted
}

// execute runs the command and turns its error into messages and a code.
func (a *app) execute(ctx context.Context) int {
	a.root.SetArgs(a.process.Args)
	a.root.SetIn(a.process.Stdin)
	a.root.SetOut(a.process.Stdout)
	a.root.SetErr(a.process.Stderr)
	err := a.root.ExecuteContext(ctx)
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	if err == nil {
		return ExitOK
	}
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = interruption(err)
	}
	a.out.Fail(err, ExitCode(err))
	return ExitCode(err)
}
