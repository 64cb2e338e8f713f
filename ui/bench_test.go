package ui

import (
	"fmt"
	"testing"

	"podsg/ui/internal/scripted"
	"podsg/ui/wizard"
)

// BenchmarkFirstFrame is the time to the first frame, before any call.
func BenchmarkFirstFrame(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if s := newSession(b, 120, 40); s.m.View().Content == "" {
			b.Fatal("no frame")
		}
	}
}

// BenchmarkKeyInAFiftyThousandRowTable is one key with its frame. The bound is
// 10 ms.
func BenchmarkKeyInAFiftyThousandRowTable(b *testing.B) {
	s := manyClusters(b)
	down, up := keyPress(b, "down"), keyPress(b, "up")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := down
		if i%3 == 2 {
			k = up
		}
		s.m.Update(k)
		s.m.View()
	}
}

// BenchmarkFilterKeyInAFiftyThousandRowTable is a key typed into the filter.
func BenchmarkFilterKeyInAFiftyThousandRowTable(b *testing.B) {
	s := manyClusters(b)
	s.keys("/")
	type4, erase := keyPress(b, "4"), keyPress(b, "backspace")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := type4
		if i%2 == 1 {
			k = erase
		}
		s.m.Update(k)
		s.m.View()
	}
}

// manyClusters shows a table of 50,000 rows.
func manyClusters(b *testing.B) *session {
	s := newSession(b, 200, 60, func(_ *wizard.Options, e *scripted.Engine) {
		e.Names = nil
		for i := range 50_000 {
			e.Names = append(e.Names, fmt.Sprintf("cluster-%05d", i))
		}
	})
	s.goTo(wizard.PageCluster)
	return s
}
