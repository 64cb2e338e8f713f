package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"podsg/cli"
	"podsg/cli/practice"
	"podsg/sandbox"
)

// lab is a practice world with a podsg that works in it.
type lab struct {
	*sandbox.World
	t testing.TB
}

// newLab starts a world that ends with the test.
func newLab(t testing.TB, scenario string) *lab {
	t.Helper()
	w, err := sandbox.Start(context.Background(), sandbox.Options{Scenario: scenario, Speed: speed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return &lab{World: w, t: t}
}

// Start implements [practice.Worlds] with the world that runs already, so that
// several commands share it.
func (l *lab) Start(context.Context, practice.Options) (practice.World, error) { return shared{l}, nil }

// Scenarios implements [practice.Worlds].
func (l *lab) Scenarios() []practice.Scenario {
	return []practice.Scenario{{Name: practice.DefaultScenario}}
}

// shared is a world that does not end with the command.
type shared struct{ lab *lab }

func (a shared) Close() {}

func (a shared) Environment() []practice.Variable {
	var out []practice.Variable
	for _, v := range a.lab.Env() {
		out = append(out, practice.Variable{Name: v.Name, Value: v.Value})
	}
	return out
}

// outcome is what a command left behind.
type outcome struct {
	t              testing.TB
	args           []string
	code           int
	stdout, stderr string
}

// podsg carries out a command line in the world, in this process and with
// nobody at a terminal.
func (l *lab) podsg(args ...string) outcome { return l.podsgWith(cli.Process{Args: args}) }

// podsgWith carries out a command line with standard input, environment or
// signals of its own.
func (l *lab) podsgWith(p cli.Process) outcome {
	var stdout, stderr buffer
	o := outcome{t: l.t, args: p.Args}
	if p.Args[0] != "permissions" { // which needs no world
		p.Args = append(slices.Clone(p.Args), "--sandbox", fmt.Sprintf("--sandbox-speed=%d", speed))
	}
	p.Stdout, p.Stderr, p.Practice = &stdout, &stderr, l
	if p.Stdin == nil {
		p.Stdin = strings.NewReader("")
	}
	o.code = cli.Run(p)
	o.stdout, o.stderr = stdout.String(), stderr.String()
	return o
}

// exits fails the test unless the command ended with a code.
func (o outcome) exits(code int) outcome {
	o.t.Helper()
	if o.code != code {
		o.t.Fatalf("podsg %s: exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", strings.Join(o.args, " "), o.code, code, o.stdout, o.stderr)
	}
	return o
}

// says fails the test unless the command said all these texts somewhere.
func (o outcome) says(texts ...string) outcome {
	o.t.Helper()
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			o.t.Errorf("podsg %s does not say %q:\nstdout:\n%s\nstderr:\n%s", strings.Join(o.args, " "), text, o.stdout, o.stderr)
		}
	}
	return o
}

// decode reads the JSON document on standard output.
func decode[T any](o outcome) T {
	o.t.Helper()
	var v T
	if err := json.Unmarshal([]byte(o.stdout), &v); err != nil {
		o.t.Fatalf("podsg %s: %v\nstdout:\n%s\nstderr:\n%s", strings.Join(o.args, " "), err, o.stdout, o.stderr)
	}
	return v
}

// mutations are the calls that change the world which a function makes.
func (l *lab) mutations(do func()) []string {
	l.t.Helper()
	before := len(l.mutatingCalls())
	do()
	return l.mutatingCalls()[before:]
}

func (l *lab) mutatingCalls() []string {
	var out []string
	for _, c := range l.Calls() {
		if c.Mutating {
			out = append(out, c.Service+" "+c.Action)
		}
	}
	return out
}

// unchanged fails the test if a function makes a call that changes the world.
func (l *lab) unchanged(do func()) {
	l.t.Helper()
	if calls := l.mutations(do); len(calls) > 0 {
		l.t.Errorf("calls that change the world:\n%s", strings.Join(calls, "\n"))
	}
}

// kubernetes is a client of the world's cluster.
func (l *lab) kubernetes() kubernetes.Interface {
	l.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", l.variable("KUBECONFIG"))
	if err != nil {
		l.t.Fatal(err)
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		l.t.Fatal(err)
	}
	return client
}

// variable is a variable of the world's environment.
func (l *lab) variable(name string) string {
	l.t.Helper()
	for _, v := range l.Env() {
		if v.Name == name {
			return v.Value
		}
	}
	l.t.Fatalf("the world has no variable %s", name)
	return ""
}

// file writes a file for a command to read.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// buffer is a bytes.Buffer that work which outlives a command may still write to.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
