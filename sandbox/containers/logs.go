package containers

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

const (
	maxLogLines = 5000     // kept of each container; older ones are dropped
	maxLogLine  = 16 << 10 // longer lines are split, as container runtimes do
)

type logLine struct {
	at   time.Time
	text []byte // without the newline
}

// logRing keeps the last lines of a container, each with the time it was printed.
type logRing struct {
	clock clock.PassiveClock

	mu      sync.Mutex
	lines   []logLine
	dropped int           // lines that are no longer kept
	changed chan struct{} // closed and replaced with each line, and at the end
	ended   bool
}

func newLogRing(c clock.PassiveClock) *logRing {
	return &logRing{clock: c, changed: make(chan struct{})}
}

func (l *logRing) add(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, logLine{l.clock.Now(), bytes.Clone(text)})
	if len(l.lines) > maxLogLines {
		// A quarter at a time, so that the cost is small for each line.
		l.lines = slices.Delete(l.lines, 0, maxLogLines/4)
		l.dropped += maxLogLines / 4
	}
	l.signal()
}

func (l *logRing) signal() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *logRing) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.signal()
}

// from returns the lines from a sequence number on, the number after the last, and how to
// learn of more.
func (l *logRing) from(next int) (lines []logLine, after int, changed <-chan struct{}, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	after = l.dropped + len(l.lines)
	skip := min(max(0, next-l.dropped), len(l.lines))
	return slices.Clone(l.lines[skip:]), after, l.changed, l.ended
}

func (l *logRing) copy(ctx context.Context, options LogOptions, w io.Writer) error {
	lines, next, changed, ended := l.from(0)
	if !options.Since.IsZero() {
		old := slices.IndexFunc(lines, func(line logLine) bool { return !line.at.Before(options.Since) })
		if old < 0 {
			old = len(lines)
		}
		lines = lines[old:]
	}
	if n := options.TailLines; n != nil && *n >= 0 && *n < int64(len(lines)) {
		lines = lines[int64(len(lines))-*n:]
	}
	for {
		for _, line := range lines {
			if err := line.write(w, options.Timestamps); err != nil {
				return err
			}
		}
		if ended || !options.Follow {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		lines, next, changed, ended = l.from(next)
	}
}

func (line logLine) write(w io.Writer, timestamp bool) error {
	var b []byte
	if timestamp {
		b = append(line.at.UTC().AppendFormat(b, time.RFC3339Nano), ' ')
	}
	b = append(append(b, line.text...), '\n')
	_, err := w.Write(b)
	return err
}

// writer returns a stream that ends up in the log line by line.
func (l *logRing) writer() *logWriter { return &logWriter{log: l} }

type logWriter struct {
	log *logRing

	mu      sync.Mutex
	partial []byte
}

func (w *logWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.partial = append(w.partial, b...)
	for {
		end, skip := bytes.IndexByte(w.partial, '\n'), 1
		if end < 0 || end > maxLogLine {
			end, skip = maxLogLine, 0
		}
		if end >= len(w.partial) {
			return len(b), nil
		}
		w.log.add(w.partial[:end])
		w.partial = w.partial[end+skip:]
	}
}

// flush logs a last line that has no newline.
func (w *logWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.partial) > 0 {
		w.log.add(w.partial)
		w.partial = nil
	}
}
