package ptytest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// sandbox are the arguments for a practice world in which time flies.
var sandbox = []string{"--sandbox=workshop", "--sandbox-speed=60"}

func wizard(t *testing.T, width, height int, args ...string) *Terminal {
	t.Helper()
	x := Start(t, width, height, nil, podsg, append(append([]string{"setup"}, sandbox...), args...)...)
	x.Sees("page 1 of 14", "workshop-2")
	return x
}

var pageNumber = regexp.MustCompile(`page (\d+) of 14`)

// page is the number of the page on the screen.
func page(text string) string {
	if found := pageNumber.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// next presses enter and waits for the page after, with everything read.
func (x *Terminal) next(n int) {
	x.t.Helper()
	x.Press("enter")
	want := fmt.Sprint(n)
	x.Until("page "+want, func(text string) bool { return page(text) == want && !strings.Contains(text, "Reading cluster") })
}

// lastQuestion is the page before the plan.
const lastQuestion = 11

func (x *Terminal) toThePlan() {
	x.t.Helper()
	for n := 2; n <= lastQuestion+1; n++ {
		x.next(n)
	}
}

func (x *Terminal) apply() {
	x.t.Helper()
	x.Press("enter")
	x.Sees("Apply the plan?", "› enter: apply")
	x.Press("enter")
	x.Until("the run", func(text string) bool { return page(text) == "13" })
}

func TestEnterAloneLeadsThroughTheWholeWizardToTheProof(t *testing.T) {
	x := wizard(t, 100, 30)
	x.toThePlan()
	x.Sees("POD_SG")
	x.apply()
	x.Sees("Everything is done. enter shows the proof.")
	x.Press("enter")
	x.Sees("Proven: only the chosen pods reach the database.", "green  connected", "red    timed out")
	x.Press("enter")
	if code := x.Ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
	x.Sees("podsg permissions") // the summary stays on the main screen
	for _, want := range []string{"✓ Proven: only the chosen pods reach the database.", "Made:", "(POD_SG)"} {
		if raw := x.Raw(); !strings.Contains(raw[strings.LastIndex(raw, "\x1b[?1049l"):], want) {
			t.Errorf("the summary does not say %q", want)
		}
	}
}

func TestWrongInputOnEveryPageIsRefusedOrSaidToMeanNothing(t *testing.T) {
	x := wizard(t, 120, 40)
	for n := 1; n <= lastQuestion+1; n++ {
		if n > 1 {
			x.next(n)
		}
		// Keys that mean nothing, letters of other alphabets, unknown escape
		// sequences, a mouse click and a paste of what is no answer. The last key
		// shows that all of them have been taken.
		last := []string{"%", "@"}[n%2]
		x.Press("Z", "ж", "安", "\x1b[99~", "\x1b[<0;500;500M", "\x1b[200~rm -rf /\n\x1b]0;x\x07\x1b[201~", last)
		x.Until("an answer", func(text string) bool {
			return strings.Contains(text, "There is no "+last+" here") || strings.Contains(text, "rm -rf /"+last)
		})
		if strings.Contains(x.Text(), "rm -rf /"+last) { // where texts are typed it is a text
			x.Press("esc")
			x.Until("the old text", func(text string) bool { return !strings.Contains(text, "rm -rf") })
		}
		if got := page(x.Text()); got != fmt.Sprint(n) {
			t.Fatalf("page %d has become %s", n, got)
		}
	}
	x.Press("q")
	x.Sees("Leave podsg?")
	x.Press("enter")
	if code := x.Ends(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
}

func TestAnImpossiblePortIsRefusedWhereItIsTyped(t *testing.T) {
	x := wizard(t, 80, 24)
	for n := 2; n <= 8; n++ {
		x.next(n)
	}
	x.Sees("Database port")
	x.Press("e", "ctrl+u", "80", "enter")
	x.Sees("1150")
	x.Press("ctrl+u", "many", "enter")
	x.Sees("a number from 1150 to 65535")
	x.Press("ctrl+u", "5433", "enter")
	x.Sees("tcp 5433")
	x.Press("ctrl+c", "ctrl+c")
	if code := x.Ends(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
}

// everySize gives the terminal one size after another and waits each time until
// a screen fills it.
func (x *Terminal) everySize(what string, shown func(text string) bool) {
	x.t.Helper()
	for _, size := range [][2]int{{120, 40}, {40, 10}, {200, 60}, {59, 17}, {60, 18}, {300, 100}, {80, 24}} {
		x.Resize(size[0], size[1])
		if size[0] < 60 || size[1] < 18 {
			x.Sees(fmt.Sprintf("%d×%d", size[0], size[1]))
			continue
		}
		x.Until(fmt.Sprintf("%s at %d×%d", what, size[0], size[1]), func(text string) bool {
			lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
			// The rules above and below reach from edge to edge.
			return shown(text) && len(lines) == size[1] && strings.Contains(text, strings.Repeat("─", size[0])) &&
				strings.TrimSpace(lines[size[1]-1]) != ""
		})
	}
}

func TestEveryPageFollowsTheSizeOfTheTerminal(t *testing.T) {
	x := wizard(t, 80, 24)
	resize := func(n int) {
		x.everySize(fmt.Sprint("page ", n), func(text string) bool { return page(text) == fmt.Sprint(n) })
	}
	for n := 1; n <= lastQuestion+1; n++ {
		if n > 1 {
			x.next(n)
		}
		resize(n)
	}
	x.Press("d")
	x.everySize("the diagnosis", func(text string) bool { return page(text) == "" && strings.Contains(text, "passed") })
	x.Press("esc")
	x.Until("the plan", func(text string) bool { return page(text) == "12" })
	x.apply()
	resize(13)
	x.Sees("Everything is done. enter shows the proof.")
	resize(13)
	x.Press("enter")
	x.Sees("Proven: only the chosen pods reach the database.")
	resize(14)
	x.Press("?")
	x.everySize("the explanation", func(text string) bool { return strings.Contains(text, "esc closes") })
	x.Press("esc")
	x.Until("the page without it", func(text string) bool { return !strings.Contains(text, "esc closes") })
	x.Press("ctrl+k")
	x.everySize("the palette", func(text string) bool { return strings.Contains(text, "enter runs") })
	// Once is enough after a run. A second one could meet the restored terminal,
	// which throws unread output away at an interrupt.
	x.Press("ctrl+c")
	if code := x.Ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
}

// endings are the ways in which a session can be ended from outside.
var endings = []struct {
	name string
	end  func(x *Terminal)
}{
	{"ctrl+c twice", func(x *Terminal) { x.Press("ctrl+c", "ctrl+c") }},
	{"an interrupt", func(x *Terminal) { x.Signal(os.Interrupt) }},
	{"a request to terminate", func(x *Terminal) { x.Signal(syscall.SIGTERM) }},
	{"two signals", func(x *Terminal) { x.Signal(os.Interrupt); x.Signal(syscall.SIGTERM) }},
	{"a hang-up", func(x *Terminal) { x.Signal(syscall.SIGHUP) }},
}

func TestTheTerminalIsRestoredHoweverASessionEnds(t *testing.T) {
	for _, e := range endings {
		t.Run(e.name+" at a question", func(t *testing.T) {
			t.Parallel()
			x := wizard(t, 80, 24)
			x.next(2)
			e.end(x)
			if code := x.Ends(); code != 130 {
				t.Errorf("exit code %d", code)
			}
			x.Restored()
		})
		t.Run(e.name+" in a run", func(t *testing.T) {
			t.Parallel()
			x := wizard(t, 80, 24, "--sandbox-speed=2") // slow enough not to be over before
			x.toThePlan()
			x.apply()
			x.Sees("running")
			e.end(x)
			if code := x.Ends(); code != 130 {
				t.Errorf("exit code %d:\n%s", code, x.Text())
			}
			x.Restored()
		})
	}
}

func TestAPanicInACommandIsToldOnTheScreenAndLeavesTheTerminalAsItWas(t *testing.T) {
	x := Start(t, 100, 30, nil, panics)
	x.Sees("page 1 of 14", "workshop")
	x.Press("enter")
	x.Sees("a mistake in a command", "mistake in podsg")
	x.Press("ctrl+c", "ctrl+c")
	if code := x.Ends(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
}

func TestThePlainModeWritesNoControlSequences(t *testing.T) {
	for name, c := range map[string]struct{ environ, args []string }{
		"by its flag":           {args: []string{"--plain"}},
		"on a dumb terminal":    {environ: []string{"TERM=dumb"}},
		"for a screen reader":   {environ: []string{"ACCESSIBLE=1"}},
		"for a variable's flag": {environ: []string{"PODSG_PLAIN=true"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := Start(t, 80, 24, c.environ, podsg, append(append([]string{"setup"}, sandbox...), c.args...)...)
			x.Sees("Number [1, workshop; from the practice world]:")
			x.Press("nowhere\r")
			x.Sees("Not possible: There is no")
			x.Press("\x04") // the end of the input
			if code := x.Ends(); code != 2 {
				t.Errorf("exit code %d", code)
			}
			if raw := x.Raw(); strings.ContainsRune(raw, '\x1b') {
				t.Errorf("there are control sequences in %q", raw)
			}
			x.Restored()
		})
	}
}
