package transport

import (
	"bufio"
	"io"
	"os"
	"strings"
	"sync"
)

// Stderr is the standard error of credential plugins. client-go gives them
// that of the process, which would break a full-screen terminal program; here it
// is a pipe, whose last line tells why a plugin failed.
type Stderr struct {
	write *os.File
	said  chan string // the last line before each mark

	mu sync.Mutex // of who marks
}

// stderrMark ends what a plugin has written.
const stderrMark = "\x00"

// maxStderrLine bounds a line; the rest of a longer one is left out.
const maxStderrLine = 4 << 10

// NewStderr makes a pipe that stays open for as long as the process lives,
// as what runs the plugins does.
func NewStderr() (*Stderr, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &Stderr{write: write, said: make(chan string)}
	go s.read(bufio.NewReaderSize(read, maxStderrLine))
	return s, nil
}

// swapped guards [os.Stderr] while it is another.
var swapped sync.Mutex

// capture runs what makes a client-go provider, which takes the standard error
// of that moment and keeps it. There is no other way to give it one.
func (s *Stderr) capture(make func()) {
	swapped.Lock()
	defer swapped.Unlock()
	standard := os.Stderr
	os.Stderr = s.write
	defer func() { os.Stderr = standard }()
	make()
}

// last is the last line that was written since it was asked for before.
func (s *Stderr) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.WriteString(s.write, "\n"+stderrMark+"\n"); err != nil {
		return ""
	}
	return <-s.said
}

func (s *Stderr) read(r *bufio.Reader) {
	last := ""
	for {
		line, isPrefix, err := r.ReadLine()
		text := string(line)
		for isPrefix && err == nil {
			_, isPrefix, err = r.ReadLine()
		}
		if err != nil {
			return
		}
		if text == stderrMark {
			s.said <- last
			last = ""
			continue
		}
		text = strings.TrimSpace(text)
		if text = strings.TrimSpace(text[strings.LastIndex(text, "\r")+1:]); text != "" {
			last = text
		}
	}
}
