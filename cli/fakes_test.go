package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"podsg/cli/clients"
	"podsg/cli/practice"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
)

// noWorld is an account that answers every question with one error.
type noWorld struct {
	clients.Engine
	err     error
	started chan struct{} // closed by the first question; it then waits for the end
	once    sync.Once
}

func (w *noWorld) Observe(ctx context.Context, _ intent.Intent, _ plan.Observer) (*steps.Observation, error) {
	if w.started != nil {
		w.once.Do(func() { close(w.started) })
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, w.err
}

// buffer is a stream that several goroutines may write.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// run runs a command line against an account of a test.
type run struct {
	args    []string
	environ []string
	stdin   io.Reader
	signals chan os.Signal
	world   *noWorld
	worlds  practice.Worlds

	out, err buffer
	settings clients.Settings
}

func (r *run) do() int {
	stdin := r.stdin
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	a := newApp(Process{
		Args: r.args, Environ: r.environ, Stdin: stdin, Stdout: &r.out, Stderr: &r.err, Signals: r.signals,
		Build: Build{Version: "test"}, Practice: r.worlds,
	})
	a.sessions.connect = func(_ context.Context, s clients.Settings) (*clients.Clients, error) {
		r.settings = s
		return &clients.Clients{Engine: r.world}, nil
	}
	return a.run()
}

// oneDocument decodes standard output, which must be one JSON document.
func oneDocument(t *testing.T, text string) map[string]any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		t.Fatalf("more than one document in %q", text)
	}
	return doc
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
