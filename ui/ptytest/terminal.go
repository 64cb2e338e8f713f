// Package ptytest drives real programs on a pseudo-terminal and looks at what
// they show, as a person would: it reads the screen from a terminal emulator,
// waits until something is there, and checks that the terminal is left as it was
// found.
package ptytest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// patience bounds every wait: on a machine that is busy with other things a
// practice world takes some seconds to start.
const patience = 60 * time.Second

// Terminal is a program on a pseudo-terminal.
type Terminal struct {
	t       testing.TB
	cmd     *exec.Cmd
	master  *os.File
	slave   *os.File
	before  *term.State
	exited  chan struct{}
	failure error
	drains  int

	mu      sync.Mutex
	screen  *vt.Emulator
	raw     strings.Builder // everything that the program has written
	changed chan struct{}   // closed when the screen changes
}

// Start starts a program on a terminal of a size. The environment is its whole
// environment but PATH, HOME and TERM.
func Start(t testing.TB, width, height int, environ []string, name string, args ...string) *Terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	x := &Terminal{
		t: t, master: master, slave: slave, screen: vt.NewEmulator(width, height), changed: make(chan struct{}),
		exited: make(chan struct{}),
	}
	x.Resize(width, height)
	if x.before, err = term.GetState(slave.Fd()); err != nil {
		t.Fatal(err)
	}
	x.cmd = exec.Command(name, args...)
	x.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm-256color"}, environ...)
	x.cmd.Dir = t.TempDir()
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go x.read()
	go x.answer()
	go func() {
		x.failure = x.cmd.Wait()
		close(x.exited)
	}()
	t.Cleanup(func() {
		select {
		case <-x.exited:
		default:
			_ = x.cmd.Process.Kill() // it has been started here
			<-x.exited
		}
		_ = x.slave.Close()
		_ = x.master.Close()
	})
	return x
}

// read shows on the screen what the program writes.
func (x *Terminal) read() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := x.master.Read(buffer)
		x.mu.Lock()
		x.raw.Write(buffer[:n])
		_, _ = x.screen.Write(buffer[:n])
		close(x.changed)
		x.changed = make(chan struct{})
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// answer gives the program the emulator's answers to what it asks the terminal.
func (x *Terminal) answer() {
	buffer := make([]byte, 1024)
	for {
		n, err := x.screen.Read(buffer)
		if n > 0 {
			_, _ = x.master.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// Resize gives the terminal another size.
func (x *Terminal) Resize(width, height int) {
	x.t.Helper()
	x.mu.Lock()
	x.screen.Resize(width, height)
	x.mu.Unlock()
	if err := pty.Setsize(x.master, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		x.t.Fatal(err)
	}
}

// Press sends keys as a terminal does. Names stand for keys without a letter;
// everything else is typed as it is.
func (x *Terminal) Press(keys ...string) {
	x.t.Helper()
	names := map[string]string{
		"enter": "\r", "esc": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
		"ctrl+c": "\x03", "ctrl+k": "\x0b", "ctrl+u": "\x15", "backspace": "\x7f", "pgdown": "\x1b[6~", "pgup": "\x1b[5~", "home": "\x1b[H", "end": "\x1b[F",
	}
	for _, k := range keys {
		if code, ok := names[k]; ok {
			k = code
		}
		if _, err := x.master.WriteString(k); err != nil {
			x.t.Fatal(err)
		}
	}
}

// Signal sends the program a signal.
func (x *Terminal) Signal(s os.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(s); err != nil {
		x.t.Fatal(err)
	}
}

// Text is the screen as it is now.
func (x *Terminal) Text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// Raw is everything that the program has written.
func (x *Terminal) Raw() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()
}

// Until waits until the screen is as wanted.
func (x *Terminal) Until(what string, holds func(text string) bool) {
	x.t.Helper()
	x.await(what, x.exited, func() bool { return holds(x.screen.String()) })
}

// await waits until something holds, which is looked at whenever the program has
// written something; it gives up when a channel is closed.
func (x *Terminal) await(what string, over <-chan struct{}, holds func() bool) {
	x.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := func() (bool, <-chan struct{}) {
		x.mu.Lock()
		defer x.mu.Unlock()
		return holds(), x.changed
	}
	for {
		ok, changed := look()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-over:
			x.drain()
			if ok, _ := look(); !ok {
				x.t.Fatalf("the program has ended (%v) before there was %s:\n%s", x.failure, what, x.Text())
			}
			return
		case <-deadline.C:
			x.t.Fatalf("there was no %s in %s:\n%s", what, patience, x.Text())
		}
	}
}

// Sees waits until texts are on the screen, all at the same time.
func (x *Terminal) Sees(wanted ...string) {
	x.t.Helper()
	x.Until(fmt.Sprintf("%q", wanted), func(text string) bool {
		for _, w := range wanted {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

// Ends waits until the program has ended and returns its exit code; -1 when a
// signal has ended it.
func (x *Terminal) Ends() int {
	x.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(patience):
		x.t.Fatalf("the program has not ended in %s:\n%s", patience, x.Text())
	}
	var exit *exec.ExitError
	if x.failure != nil && !errors.As(x.failure, &exit) {
		x.t.Fatal(x.failure)
	}
	return x.cmd.ProcessState.ExitCode()
}

// Restored checks that the terminal is as it was before the program: its
// settings, the main screen, a visible cursor, and no mode left switched on.
func (x *Terminal) Restored() {
	x.t.Helper()
	after, err := term.GetState(x.slave.Fd())
	if err != nil {
		x.t.Fatal(err)
	}
	if *after != *x.before {
		x.t.Errorf("the terminal's settings were %+v and are %+v", *x.before, *after)
	}
	x.drain()
	raw := x.Raw()
	for _, mode := range []struct {
		number int
		name   string
		normal byte
	}{
		{1049, "the alternate screen", 'l'}, {25, "the cursor", 'h'}, {2004, "bracketed paste", 'l'},
		{1000, "mouse clicks", 'l'}, {1002, "mouse movements", 'l'}, {1003, "all mouse movements", 'l'}, {1004, "focus reports", 'l'}, {2026, "synchronised output", 'l'},
	} {
		if last := lastMode(raw, mode.number); last != 0 && last != mode.normal {
			x.t.Errorf("%s is left as ?%d%c", mode.name, mode.number, last)
		}
	}
	if on, off := lastOf(raw, keyboardOn), lastOf(raw, keyboardOff); on > off {
		x.t.Errorf("the keyboard enhancements are left on: %q", raw[on:min(len(raw), on+40)])
	}
	if x.t.Failed() {
		x.t.Logf("the last that was written: %q", raw[max(0, len(raw)-2000):])
	}
}

// drain waits until the last that the program has written has arrived: when it
// ends, some may still be in the terminal's buffer.
func (x *Terminal) drain() {
	x.t.Helper()
	x.drains++
	// The terminal hands over what is written in order: when this arrives, so
	// has everything before it.
	mark := fmt.Sprintf("\x1b]999;end %d\x07", x.drains)
	if _, err := x.slave.WriteString(mark); err != nil {
		x.t.Fatal(err)
	}
	x.await("the end of the output", nil, func() bool { return strings.Contains(x.raw.String(), mark) })
}

// How keyboard enhancements are switched on and off.
// https://sw.kovidgoyal.net/kitty/keyboard-protocol/#progressive-enhancement
var (
	keyboardOn  = regexp.MustCompile(`\x1b\[(>|=)[1-9]\d*(;\d+)?u`)
	keyboardOff = regexp.MustCompile(`\x1b\[(<\d*|=0(;\d+)?)u`)
)

func lastOf(text string, pattern *regexp.Regexp) int {
	found := pattern.FindAllStringIndex(text, -1)
	if len(found) == 0 {
		return -1
	}
	return found[len(found)-1][0]
}

// lastMode is the last switch of a private mode, h or l; 0: it was never
// touched.
func lastMode(raw string, mode int) byte {
	on, off := strings.LastIndex(raw, fmt.Sprintf("\x1b[?%dh", mode)), strings.LastIndex(raw, fmt.Sprintf("\x1b[?%dl", mode))
	switch {
	case on < 0 && off < 0:
		return 0
	case on > off:
		return 'h'
	default:
		return 'l'
	}
}
