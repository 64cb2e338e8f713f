package panes

import (
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/kube/live/rows"
)

// fiftyThousand is a screen of 200×60 with 5,000 nodes and 50,000 pods.
func fiftyThousand(b *testing.B) *screen {
	s := newScreen(b, 200, 60)
	fill(s.source, 5_000, 50_000)
	s.update()
	s.watch.View()
	return s
}

// press measures keys, each with the frame that follows it.
func press(b *testing.B, s *screen, keys ...string) {
	messages := make([]tea.KeyPressMsg, len(keys))
	for i, k := range keys {
		messages[i] = keyPress(k)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.watch.Update(messages[i%len(messages)])
		s.watch.View()
	}
}

// BenchmarkKeyInFiftyThousandPods is one key with its frame; the bound is 10 ms.
func BenchmarkKeyInFiftyThousandPods(b *testing.B) {
	press(b, fiftyThousand(b), "down", "down", "down", "up", "pgdown", "pgup", "right", "left")
}

// BenchmarkFrameOfANodesDetails is a frame while the details of a node are open
// and nothing happens: what it costs must not depend on the cluster.
func BenchmarkFrameOfANodesDetails(b *testing.B) {
	s := fiftyThousand(b)
	s.keys("1", "enter")
	b.ReportAllocs()
	for b.Loop() {
		s.watch.View()
	}
}

// BenchmarkFilterKeyInFiftyThousandPods is a key typed into the filter, and one
// that takes it back.
func BenchmarkFilterKeyInFiftyThousandPods(b *testing.B) {
	s := fiftyThousand(b)
	s.keys("/")
	press(b, s, "7", "4", "backspace", "backspace")
}

// BenchmarkSortFiftyThousandPods is the key that sorts by a column, with its
// frame, for each column, when the rows stand as another one has left them; the
// bound is 10 ms.
func BenchmarkSortFiftyThousandPods(b *testing.B) {
	s := fiftyThousand(b)
	key, pods := keyPress("s"), s.board.pods
	for i, c := range pods.columns {
		b.Run(strings.ReplaceAll(c.Title, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				pods.column = (i + 4) % len(pods.columns)
				s.watch.Update(key)
				b.StartTimer()
				pods.column = i
				s.watch.Update(key)
				s.watch.View()
			}
		})
	}
}

// BenchmarkFirstFrameOfFiftyThousandPods is the time from the first rows to
// their frame.
func BenchmarkFirstFrameOfFiftyThousandPods(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		fiftyThousand(b)
	}
}

// BenchmarkASecondOfAThousandChanges is what a second costs in which a thousand
// rows of two panes with 10,000 rows each change: ten updates with their frames.
func BenchmarkASecondOfAThousandChanges(b *testing.B) {
	s := newScreen(b, 120, 40)
	fill(s.source, 10_000, 10_000)
	s.update()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for range 10 {
			s.source.happen(func(u *rows.Update) { change(u, &n, 100) })
			s.update()
			s.watch.View()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "%core/s")
}

// change changes rows of both panes in turn, some of them in the visible ones.
func change(u *rows.Update, n *int, changes int) {
	for range changes {
		*n++
		i := *n * 7919 % 10_000
		if *n%2 == 0 {
			row := aNode(i)
			row.Branches = *n % 10
			set(&u.Nodes, row.Name, row)
			continue
		}
		row := aPod(i)
		row.VLAN, row.Ready = *n%1000, *n%3 > 0
		set(&u.Pods, row.Namespace+"/"+row.Name, row)
	}
}

// BenchmarkTwoLivePanes runs the whole program, with its loop and its renderer,
// for some seconds while 1,000 rows a second change, and tells which share of a
// core that takes, beyond what it takes while nothing happens. The bound is 4 %
// over idle. What does the changing counts too.
func BenchmarkTwoLivePanes(b *testing.B) {
	const length = 3 * time.Second
	for b.Loop() {
		idle := cpuWhileRunning(b, length, 0)
		busy := cpuWhileRunning(b, length, 1_000)
		b.ReportMetric(idle, "%core-idle")
		b.ReportMetric(busy, "%core-busy")
		b.ReportMetric(busy-idle, "%core-over-idle")
	}
}

// cpuWhileRunning returns the share of a core that the process takes while podsg
// watch runs for a time, in percent.
func cpuWhileRunning(b *testing.B, length time.Duration, changes int) float64 {
	b.Helper()
	source := newSource()
	fill(source, 10_000, 10_000)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	board := New(ctx, Options{Source: source, Now: func() time.Time { return start }})
	w := newWatch(Screen{}, func() tea.Msg { return openedMsg{board: board} })
	program := tea.NewProgram(w, tea.WithContext(ctx), tea.WithFPS(30), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(120, 40))
	ended := make(chan error, 1)
	go func() { _, err := program.Run(); ended <- err }()

	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	n := 0
	var from time.Duration
	begin := time.Now()
	warm := begin.Add(time.Second) // the first rows are not part of it
	last := map[string]int{}
	for now := range tick.C {
		if from == 0 && now.After(warm) {
			from = cpuTime(b)
			begin = now
		}
		if from != 0 && now.Sub(begin) >= length {
			break
		}
		if changes > 0 {
			source.happen(func(u *rows.Update) { change(u, &n, changes/100) })
		}
	}
	used := cpuTime(b) - from
	elapsed := time.Since(begin)
	for key, row := range source.Take().Pods.Set {
		last[key] = row.VLAN // not yet on the screen
	}
	program.Quit()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	for i := max(1, n-5_000); i <= n; i++ {
		if row := aPod(i * 7919 % 10_000); i%2 == 1 && last["shop/"+row.Name] == 0 {
			if got := board.pods.rows.Row("shop/" + row.Name); got == nil || got.VLAN == row.VLAN && row.VLAN != i%1000 {
				b.Fatalf("change %d was lost", i)
			}
		}
	}
	return 100 * float64(used) / float64(elapsed)
}

// cpuTime is the processor time that the process has taken.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
