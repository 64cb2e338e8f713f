package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"podsg/steps"
	"podsg/ui"
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
	Practice Practice
}

// errInterrupted is the cause of a context that an interruption cancelled.
var errInterrupted = &steps.Problem{Kind: steps.ProblemInterrupted, Doing: "stop", Err: errors.New("interrupted")}

// Run carries out one command line and returns the exit code of the process.
// It returns early, while work still goes on, after a second interruption.
func Run(p Process) int { return newApp(p).run() }

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
		case sig := <-a.Signals:
			if interrupted {
				return a.leave(done)
			}
			interrupted = true
			a.say("%s: stopping when the call in hand has ended; again to leave at once", sig)
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
	if a.onScreen.Load() {
		select {
		case <-done:
		case <-time.After(screenTime):
		}
	}
	return ExitInterrupted
}

// app is one run of podsg.
type app struct {
	Process
	left            chan struct{} // closed when the user leaves without waiting
	onScreen        atomic.Bool   // a full screen has been shown
	env             environment
	tty             terminal
	style           style
	open            opener
	screens         screens
	fromEnvironment map[string]bool // flags that a variable set
	// format is the output format that the command line asks for, known before
	// the command line is understood, so that its errors have that format too.
	format string
	root   *cobra.Command
	// limit ends with --timeout; nil: nothing bounds the command.
	limit context.Context
	// reported is set once the result is on standard output.
	reported bool
}

func newApp(p Process) *app {
	a := &app{Process: p, left: make(chan struct{}), env: newEnvironment(p.Environ)}
	if info, ok := debug.ReadBuildInfo(); ok {
		a.Build = a.Build.completed(info)
	}
	a.format = a.requestedFormat()
	a.tty = detectTerminal(p.Stdin, p.Stdout, p.Stderr, a.env)
	a.style = newStyle(a.tty.stdout, a.env)
	a.open = openClients
	a.screens = screens{pages: ui.Run, plain: ui.RunPlain}
	a.root = newRoot(a)
	return a
}

// execute runs the command and turns its error into messages and a code.
func (a *app) execute(ctx context.Context) int {
	a.root.SetArgs(a.Args)
	a.root.SetIn(a.Stdin)
	a.root.SetOut(a.Stdout)
	a.root.SetErr(a.Stderr)
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
	err = a.overtime(err)
	a.fail(err)
	return ExitCode(err)
}

// interruption makes an interruption of an error that a stop caused.
func interruption(err error) error {
	if steps.KindOf(err) == steps.ProblemInterrupted {
		return err
	}
	return &steps.Problem{Kind: steps.ProblemInterrupted, Err: err}
}

// requestedFormat looks for the output format without understanding the rest of
// the command line.
func (a *app) requestedFormat() string {
	format := a.env.get("PODSG_OUTPUT")
	for i, arg := range a.Args {
		name, value, inline := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return format
		case (name == "--output" || name == "-o") && inline:
			format = value
		case (arg == "--output" || arg == "-o") && i+1 < len(a.Args):
			format = a.Args[i+1]
		case strings.HasPrefix(arg, "-o") && len(arg) > 2 && !inline:
			format = strings.TrimPrefix(arg, "-o")
		}
	}
	return format
}
