package e2e

import (
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"podsg/e2e/rig"
)

const (
	columns, rows = 120, 40
	// stillness is how long a screen must not change to count as waiting for a
	// key.
	stillness      = 500 * time.Millisecond
	wizardPatience = 2 * time.Minute
)

// screen is what a terminal shows.
type screen struct {
	mu      sync.Mutex
	shown   *vt.Emulator
	changed time.Time
	all     strings.Builder
}

// feed shows what a program writes, until it ends.
func (s *screen) feed(from io.Reader) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		s.mu.Lock()
		before := s.shown.String()
		_, _ = s.shown.Write(buffer[:n])
		if s.shown.String() != before {
			s.changed = time.Now()
		}
		s.all.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *screen) text() (text string, still time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String(), time.Since(s.changed)
}

var (
	questionPage = regexp.MustCompile(`page ([1-9]|1[0-2]) of 14`)
	busy         = regexp.MustCompile(`Asking AWS|Reading`)
	settledPage  = regexp.MustCompile(`Apply the plan\?|Everything is done|Proven`)
)

// TestEnterOnEveryPageProvesItOnTheRealParts leads the wizard on a terminal, as
// somebody does who agrees to everything.
func TestEnterOnEveryPageProvesItOnTheRealParts(t *testing.T) {
	for name, selfManaged := range map[string]bool{"with the VPC CNI as an EKS add-on": false, "with a VPC CNI that no add-on manages": true} {
		t.Run(name, func(t *testing.T) {
			w := startWorld(t, rig.Options{NodeGroups: workshopNodes, SelfManagedCNI: selfManaged})
			final := w.pressEnter("setup")
			for _, want := range []string{"Proven: only the chosen pods reach the database.", "POD_SG"} {
				if !strings.Contains(final, want) {
					t.Errorf("the wizard's summary does not say %q:\n%s", want, final)
				}
			}
			var again planResult
			w.mustPodsg(&again, "plan")
			if len(again.Changes) != 0 {
				t.Errorf("a plan after the wizard has changes: %v", again.Changes)
			}
			if d := w.diagnose(); len(d.failed()) != 0 {
				t.Errorf("diagnose after the wizard:\n%v", d)
			}
		})
	}
}

// pressEnter runs podsg on a terminal, presses enter whenever a page waits for
// it, and returns what is left on the main screen.
func (w *world) pressEnter(args ...string) string {
	w.t.Helper()
	cmd := w.command(w.t.Context(), args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: rows, Cols: columns})
	if err != nil {
		w.t.Fatal(err)
	}
	defer terminal.Close()
	s := &screen{shown: vt.NewEmulator(columns, rows), changed: time.Now()}
	go io.Copy(terminal, s.shown) // the answers of a terminal, until it is closed
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.feed(terminal)
	}()
	deadline := time.After(wizardPatience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for running := true; running; {
		select {
		case <-ended:
			running = false
		case <-deadline:
			text, _ := s.text()
			_ = cmd.Process.Kill()
			w.t.Fatalf("the wizard has not ended:\n%s", text)
		case <-tick.C:
			text, still := s.text()
			waits := settledPage.MatchString(text) || questionPage.MatchString(text) && !busy.MatchString(text)
			if still > stillness && waits && text != last {
				last = text
				keys := "\r"
				if strings.Contains(text, "Type yes") { // asked in a real account, not in the practice world
					keys = "yes\r"
				}
				if _, err := terminal.Write([]byte(keys)); err != nil && !os.IsNotExist(err) {
					w.t.Logf("press enter: %v", err)
				}
			}
		}
	}
	err = cmd.Wait()
	text, _ := s.text()
	if err != nil {
		w.t.Errorf("the wizard ended with %v:\n%s", err, text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all.String()
	return all[strings.LastIndex(all, leaveScreen)+1:]
}

// leaveScreen is how a program goes back to the terminal's main screen.
const leaveScreen = "\x1b[?1049l"
