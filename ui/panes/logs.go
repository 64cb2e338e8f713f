package panes

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"podsg/kube/live/rows"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// keptLines is how many lines of each log are kept.
const keptLines = 2000

// logRow is a line of a log in the pane.
type logRow struct {
	number int
	probe  string // what the names of its pods begin with
	pod    string
	shown  table.Cell // the line with its verdict first
	rows.LogLine
}

func (r *logRow) key() string { return fmt.Sprintf("%012d", r.number) }

// written sorts by the order in which lines were written.
func written(r *logRow) table.Key { return table.IntKey(r.number) }

func newLogs(b *Board) *pane[logRow] {
	p := &pane[logRow]{
		board: b, name: "Logs", pin: pinLast, follows: true,
		about: "What the test pods write: green must be connected, red must time out. The verdict of each try stands first, and the line as it was written in the details. The lines of both stand in the order in which they were written.",
		rows:  table.NewList(func(r *logRow) string { return r.probe + " " + r.shown.Text + " " + r.Text }, written, false),
	}
	p.columns = []table.Column[logRow]{
		{Title: "Time", Min: 8, Cell: func(r *logRow) table.Cell { return table.Cell{Text: clock(r.At), Tone: theme.Muted} }, Key: written},
		{Title: "Pod", Min: 5, Cell: probeCell, Key: func(r *logRow) table.Key { return table.TextKey(r.probe) }},
		{Title: "Line", Min: 20, Cell: func(r *logRow) table.Cell { return r.shown },
			Whole: func(r *logRow) string { return r.Text }, Key: func(r *logRow) table.Key { return table.TextKey(r.shown.Text) }},
	}
	p.synced = true
	p.status = func() string {
		var names []string
		for _, probe := range b.options.Probes {
			if pod := b.newest[probe]; pod != nil {
				names = append(names, pod.Name)
			}
		}
		if len(names) == 0 {
			return "no test pod yet"
		}
		return strings.Join(names, ", ")
	}
	p.details = func(key string, r *logRow) *details {
		return &details{title: r.pod, key: key, lines: func(t *theme.Theme, width int) []string {
			return drawFacts(t, width, fact{name: "written", value: r.At.Format(time.RFC3339Nano)}, fact{name: "means", value: meaning(r), tone: r.shown.Tone}, fact{name: "line", value: r.Text})
		}}
	}
	return p
}

// meaning is what a line says, unless that is the line.
func meaning(r *logRow) string {
	if r.shown.Text == r.Text {
		return ""
	}
	return r.shown.Text
}

func clock(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Local().Format(time.TimeOnly)
}

// probeCell names the test pod by its colour; the word stands beside the colour.
func probeCell(r *logRow) table.Cell {
	name, _, _ := strings.Cut(r.probe, "-")
	switch name {
	case "green":
		return table.Cell{Text: name, Tone: theme.Good}
	case "red":
		return table.Cell{Text: name, Tone: theme.Bad}
	default:
		return table.Cell{Text: name}
	}
}

// logFeed follows the logs of the test pods and gathers their lines.
type logFeed struct {
	options Options
	changed chan struct{} // one slot

	mu      sync.Mutex
	pending []logRow
	number  int
	stop    map[string]context.CancelFunc // by probe

	kept []int // numbers of the lines that are shown, oldest first
}

func newLogFeed(options Options) *logFeed {
	return &logFeed{options: options, changed: make(chan struct{}, 1), stop: map[string]context.CancelFunc{}}
}

// follow follows the log of a pod in place of the probe's pod before.
func (f *logFeed) follow(ctx context.Context, probe string, pod *rows.Pod) {
	if stop := f.stop[probe]; stop != nil {
		stop()
	}
	ctx, f.stop[probe] = context.WithCancel(ctx)
	namespace, name := pod.Namespace, pod.Name
	go func() {
		err := f.options.Source.Follow(ctx, namespace, name, func(l rows.LogLine) { f.add(logRow{probe: probe, pod: name, LogLine: l}) })
		if err != nil && ctx.Err() == nil {
			f.add(logRow{probe: probe, pod: name, LogLine: rows.LogLine{Text: "the log cannot be read: " + err.Error()}})
		}
	}()
}

func (f *logFeed) add(r logRow) {
	r.Text = widget.CleanLine(r.Text)
	if tableLine.MatchString(r.Text) {
		return
	}
	r.shown = probeText(r.probe, r.Text)
	f.mu.Lock()
	f.number++
	r.number = f.number
	f.pending = append(f.pending, r)
	if len(f.pending) > 2*keptLines { // nobody can read them all
		f.pending = append(f.pending[:0], f.pending[len(f.pending)-keptLines:]...)
	}
	f.mu.Unlock()
	signal(f.changed)
}

// take returns the lines since it was last called.
func (f *logFeed) take() []logRow {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := f.pending
	f.pending = nil
	return lines
}

// delta makes changes of new lines; the oldest of too many go.
func (f *logFeed) delta(lines []logRow) rows.Delta[logRow] {
	d := rows.Delta[logRow]{Synced: true}
	if len(lines) == 0 {
		return d
	}
	d.Set = make(map[string]*logRow, len(lines))
	for i := range lines {
		d.Set[lines[i].key()] = &lines[i]
		f.kept = append(f.kept, lines[i].number)
	}
	for len(f.kept) > keptLines {
		gone := logRow{number: f.kept[0]}
		delete(d.Set, gone.key())
		d.Gone = append(d.Gone, gone.key())
		f.kept = f.kept[1:]
	}
	return d
}

// followProbes follows the newest pod of each test Deployment.
func (b *Board) followProbes(d rows.Delta[rows.Pod]) {
	for _, probe := range b.options.Probes {
		best := b.newest[probe]
		for _, pod := range d.Set {
			if pod.Namespace != b.options.Namespace || !strings.HasPrefix(pod.Name, probe+"-") || pod.Status == "Terminating" {
				continue
			}
			if best == nil || pod.CreatedAt.After(best.CreatedAt) {
				best = pod
			}
		}
		if old := b.newest[probe]; best != nil && (old == nil || old.Name != best.Name) {
			b.logs.follow(b.ctx, probe, best)
		}
		if best != nil {
			b.newest[probe] = best
		}
	}
}
