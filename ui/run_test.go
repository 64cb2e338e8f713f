//go:build unix

package ui

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"podsg/steps/world"
	"podsg/ui/fullscreen"
	"podsg/ui/internal/scripted"
	"podsg/ui/wizard"
)

// terminal is a pseudo-terminal with what was written to it so far.
type terminal struct {
	t      *testing.T
	user   *os.File // the user's side
	own    *os.File // the program's side
	mu     sync.Mutex
	output bytes.Buffer
	more   chan struct{}
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	user, own, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	if err := pty.Setsize(user, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	w := &terminal{t: t, user: user, own: own, more: make(chan struct{}, 1)}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := user.Read(buf)
			w.mu.Lock()
			w.output.Write(buf[:n])
			w.mu.Unlock()
			select {
			case w.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = own.Close(); _ = user.Close() })
	return w
}

func (w *terminal) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.output.String()
}

// waitFor waits until a text has been written.
func (w *terminal) waitFor(text string) {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	for !strings.Contains(w.text(), text) {
		select {
		case <-w.more:
		case <-deadline:
			w.t.Fatalf("%q was never written; the terminal has seen %q", text, w.text())
		}
	}
}

func (w *terminal) press(keys string) {
	w.t.Helper()
	if _, err := io.WriteString(w.user, keys); err != nil {
		w.t.Fatal(err)
	}
}

func TestTheTerminalIsRestoredHoweverTheSessionEnds(t *testing.T) {
	const altScreenOn, altScreenOff = "\x1b[?1049h", "\x1b[?1049l"
	cases := []struct {
		name   string
		engine wizard.Engine
		end    func(w *terminal, cancel context.CancelFunc)
		left   bool
	}{
		{"by q", scripted.New(), func(w *terminal, _ context.CancelFunc) { w.press("q") }, true},
		{"by two ctrl+c", scripted.New(), func(w *terminal, _ context.CancelFunc) { w.press("\x03"); w.waitFor("again to leave"); w.press("\x03") }, true},
		{"by the end of its context", scripted.New(), func(_ *terminal, cancel context.CancelFunc) { cancel() }, true},
		{"while an endpoint hangs", &scripted.Engine{Snapshot: scripted.Workshop(), Hang: true}, func(w *terminal, _ context.CancelFunc) { w.press("q") }, true},
		{"after a fault in a call", faultyIdentity{scripted.New()}, func(w *terminal, _ context.CancelFunc) { w.waitFor("out of luck"); w.press("q") }, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newTerminal(t)
			before, err := term.GetState(w.own.Fd())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			type end struct {
				out wizard.Outcome
				err error
			}
			ended := make(chan end, 1)
			go func() {
				out, err := Run(ctx, wizard.Options{
					Engine: c.engine, Region: scripted.Region,
					Terminal: fullscreen.Terminal{Input: w.own, Output: w.own, Environ: []string{"TERM=xterm-256color"}},
					Sandbox:  &wizard.Sandbox{Scenario: "workshop"},
				})
				ended <- end{out, err}
			}()
			w.waitFor("Welcome to podsg")
			c.end(w, cancel)
			select {
			case e := <-ended:
				if e.err != nil {
					t.Fatal(e.err)
				}
				if e.out.Left != c.left || world.KindOf(e.out.Failure()) != world.ProblemInterrupted {
					t.Errorf("left %v, failure %v", e.out.Left, e.out.Failure())
				}
			case <-time.After(20 * time.Second):
				t.Fatal("the session never ends")
			}
			w.waitFor(altScreenOff)
			if on, off := strings.LastIndex(w.text(), altScreenOn), strings.LastIndex(w.text(), altScreenOff); on > off {
				t.Error("the alternate screen was left on")
			}
			after, err := term.GetState(w.own.Fd())
			if err != nil {
				t.Fatal(err)
			}
			if *before != *after {
				t.Error("the terminal's settings are not as they were")
			}
		})
	}
}

type faultyIdentity struct{ wizard.Engine }

func (faultyIdentity) Identity(context.Context) (world.Identity, error) { panic("out of luck") }
