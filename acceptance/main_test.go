package acceptance

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"podsg/cli"
	"podsg/cli/practice"
	"podsg/kube"
	"podsg/sandbox"
)

// asPodsg says in a process's environment that it is to be podsg. What it may
// be:
const (
	asPodsg  = "PODSG_ACCEPTANCE"
	real     = "real"     // podsg as it is installed: configuration from the environment, the real clock
	attached = "attached" // podsg in the practice world that the environment describes, with its clock
	serving  = "serving"  // podsg with practice worlds of its own
)

func TestMain(m *testing.M) {
	p := cli.Process{Args: os.Args[1:], Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	switch os.Getenv(asPodsg) {
	case real:
		os.Exit(cli.Run(p))
	case attached:
		p.Practice = inherited{}
		os.Exit(cli.Run(p))
	case serving:
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt)
		p.Practice, p.Signals = own{}, signals
		os.Exit(cli.Run(p))
	}
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		// The worlds wait more than they compute.
		if err := flag.Set("test.parallel", strconv.Itoa(worldsAtATime*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	// client-go's log belongs to the process and may be set only before it is
	// used: the first connector sets it, and tests have clients of their own.
	kube.NewConnector(kube.Settings{})
	os.Exit(m.Run())
}

// inherited is the practice world that the process's environment describes.
type inherited struct{}

func (inherited) Scenarios() []practice.Scenario {
	return []practice.Scenario{{Name: practice.DefaultScenario}}
}

func (w inherited) Start(context.Context, practice.Options) (practice.World, error) { return w, nil }

func (inherited) Close() {}

func (inherited) Environment() []practice.Variable {
	var out []practice.Variable
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		out = append(out, practice.Variable{Name: name, Value: value})
	}
	return out
}

// own are the practice worlds, as podsg's main package gives them to its
// commands.
type own struct{ inherited }

func (own) Start(ctx context.Context, o practice.Options) (practice.World, error) {
	w, err := sandbox.Start(ctx, sandbox.Options{Scenario: o.Scenario, Speed: o.Speed, Logger: o.Log})
	if err != nil {
		return nil, err
	}
	return served{w}, nil
}

type served struct{ *sandbox.World }

func (s served) Environment() []practice.Variable { return shared{&lab{World: s.World}}.Environment() }

// process is podsg as a process of its own.
type process struct {
	*exec.Cmd
	lab            *lab
	stdout, stderr bytes.Buffer
	ended          chan struct{}
}

// process prepares podsg as a process of its own, in the world's environment and
// with a home that is empty. Further variables win over the world's; one without
// a value takes the world's away.
func (l *lab) process(as string, args []string, variables ...string) *process {
	l.t.Helper()
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(self, args...), lab: l, ended: make(chan struct{})}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	home := l.t.TempDir()
	p.Env = []string{asPodsg + "=" + as, "HOME=" + home, "PATH=" + os.Getenv("PATH")}
	for _, v := range l.Env() {
		p.Env = append(p.Env, v.Name+"="+v.Value)
	}
	p.Env = append(p.Env, variables...)
	return p
}

// start starts the process.
func (p *process) start() {
	p.lab.t.Helper()
	if err := p.Start(); err != nil {
		p.lab.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.Wait() // the exit code tells
	}()
}

// finish waits until the process has ended by itself, which must not take
// longer than limit.
func (p *process) finish(limit time.Duration) outcome {
	p.lab.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(limit):
		_ = p.Process.Kill()
		<-p.ended
		p.lab.t.Fatalf("%v did not end within %s:\n%s", p.Args[1:], limit, p.stderr.String())
	}
	return outcome{t: p.lab.t, args: p.Args[1:], code: p.ProcessState.ExitCode(), stdout: p.stdout.String(), stderr: p.stderr.String()}
}

// run runs the process to its end.
func (p *process) run(limit time.Duration) outcome {
	p.lab.t.Helper()
	p.start()
	return p.finish(limit)
}

// kill ends the process at once, as kill -9 does, and waits until it is gone.
func (p *process) kill() {
	if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(fmt.Sprintf("kill process: %v", err)) // not on the test's goroutine
	}
	<-p.ended
}
