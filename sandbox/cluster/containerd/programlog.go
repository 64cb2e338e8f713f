package containerd

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"podsg/sandbox/containers"
)

// programLogLimit is how many lines of a program's log are kept.
const programLogLimit = 1000

// A programLog keeps the last lines that a program of this package printed.
type programLog struct {
	clock clock.PassiveClock

	mu      sync.Mutex
	lines   []programLine
	dropped int // lines that are no longer kept
	closed  bool
	more    chan struct{} // closed and replaced when there is more to read
}

type programLine struct {
	at   time.Time
	text []byte // with its newline
}

func newProgramLog(c clock.PassiveClock) *programLog {
	return &programLog{clock: c, more: make(chan struct{})}
}

func (l *programLog) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, programLine{at: l.clock.Now(), text: []byte(text + "\n")})
	if over := len(l.lines) - programLogLimit; over > 0 {
		l.lines = slices.Delete(l.lines, 0, over)
		l.dropped += over
	}
	l.signal()
}

func (l *programLog) signal() {
	close(l.more)
	l.more = make(chan struct{})
}

func (l *programLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.signal()
}

// write writes the lines that the options ask for.
func (l *programLog) write(ctx context.Context, opts containers.LogOptions, w io.Writer) error {
	l.mu.Lock()
	next := l.dropped
	if n := opts.TailLines; n != nil {
		next = max(next, l.dropped+len(l.lines)-int(*n))
	}
	l.mu.Unlock()
	for {
		l.mu.Lock()
		next = max(next, l.dropped)
		lines := slices.Clone(l.lines[next-l.dropped:])
		next += len(lines)
		closed, more := l.closed, l.more
		l.mu.Unlock()
		for _, line := range lines {
			if line.at.Before(opts.Since) {
				continue
			}
			text := line.text
			if opts.Timestamps {
				stamp := line.at.UTC().AppendFormat(nil, time.RFC3339Nano)
				text = bytes.Join([][]byte{stamp, line.text}, []byte{' '})
			}
			if _, err := w.Write(text); err != nil {
				return err
			}
		}
		if !opts.Follow || closed {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
