// Command pictures makes the pictures of the documentation from the real
// screens: it builds podsg, drives it through a practice world on a
// pseudo-terminal, and writes what is on the screen as SVG.
//
//	go run ./docs/internal/pictures
//
// It is run in the root of the repository, and writes to docs/images.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

const (
	columns, rows = 120, 36
	patience      = 30 * time.Second
	folder        = "docs/images"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "podsg-pictures-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	podsg := filepath.Join(dir, "podsg")
	if out, err := exec.Command("go", "build", "-o", podsg, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build podsg: %w\n%s", err, out)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := wizard(podsg); err != nil {
		return fmt.Errorf("the wizard: %w", err)
	}
	return diagnose(podsg)
}

// wizard goes through the wizard and takes its pictures.
func wizard(podsg string) error {
	p, err := start(podsg, "setup", "--sandbox=workshop", "--sandbox-speed=15")
	if err != nil {
		return err
	}
	defer p.close()
	p.until("page 1 of 14", "workshop-2")
	p.save("welcome")
	for page := 2; page <= 12; page++ {
		p.press("\r")
		p.until(fmt.Sprintf("page %d of 14", page))
		p.untilNot("Reading cluster")
		switch page {
		case 4:
			p.save("nodes")
		case 8:
			p.save("rules")
		}
	}
	p.until("a month")
	p.save("plan")
	p.press("\r")
	p.until("› enter: apply")
	p.press("\r")
	p.until("page 13 of 14", "Roll-out", "of 5 nodes updated", "changes done")
	p.save("run")
	p.until("Everything is done.")
	p.press("\t", "\t", "z")
	p.until("sg-per-pod/green-pod")
	p.press("\r")
	p.until("Its branch ENI", "(POD_SG)")
	p.press("\x1b[F") // the end of the details
	p.until("The rules that matter for it", "sgr-")
	p.save("pod")
	p.press("\x1b")
	p.untilNot("esc closes")
	p.press("z")
	p.until("Everything is done.")
	p.press("\t", "\t", "\t") // back to the changes
	p.press("\r")
	p.until("Proven: only the chosen pods reach the database.")
	p.save("proof")
	p.press("q")
	return p.err
}

// diagnose takes the picture of the checks of a cluster that is not set up.
func diagnose(podsg string) error {
	p, err := start(podsg, "diagnose", "--sandbox=workshop")
	if err != nil {
		return err
	}
	defer p.close()
	p.until("failed", "passed")
	p.untilNot("Reading cluster")
	p.save("diagnose")
	p.press("q")
	return p.err
}

// program is podsg on a terminal. After its first error it does nothing more.
type program struct {
	cmd    *exec.Cmd
	master *os.File
	err    error

	mu      sync.Mutex
	screen  *vt.Emulator
	changed chan struct{}
}

func start(name string, args ...string) (*program, error) {
	p := &program{cmd: exec.Command(name, args...), screen: vt.NewEmulator(columns, rows), changed: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=")
	var err error
	if p.master, err = pty.StartWithSize(p.cmd, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
		return nil, err
	}
	go p.read()
	go func() { _, _ = io.Copy(p.master, p.screen) }() // the terminal's answers
	return p, nil
}

func (p *program) read() {
	for buffer := make([]byte, 64<<10); ; {
		n, err := p.master.Read(buffer)
		p.mu.Lock()
		_, _ = p.screen.Write(buffer[:n])
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *program) close() {
	_ = p.cmd.Process.Kill() // pictures are all that is wanted of it
	_ = p.cmd.Wait()
	_ = p.master.Close()
}

func (p *program) press(keys ...string) {
	for _, k := range keys {
		if p.err == nil {
			_, p.err = p.master.WriteString(k)
		}
	}
}

func (p *program) until(texts ...string) {
	p.wait(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, t := range texts {
			if !strings.Contains(screen, t) {
				return false
			}
		}
		return true
	})
}

func (p *program) untilNot(text string) {
	p.wait(fmt.Sprintf("no %q", text), func(screen string) bool { return !strings.Contains(screen, text) })
}

func (p *program) wait(what string, holds func(screen string) bool) {
	deadline := time.After(patience)
	for p.err == nil {
		p.mu.Lock()
		text, changed := p.screen.String(), p.changed
		p.mu.Unlock()
		if holds(text) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			p.err = fmt.Errorf("there is no %s on the screen:\n%s", what, text)
		}
	}
}

// quiet is how long nothing must be written for a frame to be whole: a terminal
// passes a large one on in pieces. The program draws ten times a second at most.
const quiet = 50 * time.Millisecond

func (p *program) untilQuiet() {
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(quiet):
			return
		}
	}
}

// save writes the screen as a picture.
func (p *program) save(name string) {
	if p.err != nil {
		return
	}
	p.untilQuiet()
	p.mu.Lock()
	picture := svg(p.screen)
	p.mu.Unlock()
	p.err = os.WriteFile(filepath.Join(folder, name+".svg"), picture, 0o644)
	fmt.Println(filepath.Join(folder, name+".svg"))
}
