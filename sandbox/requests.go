package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"podsg/sandbox/containers"
)

// Flow is how the requests from one application to another went.
type Flow struct {
	Name   string `json:"flow"`   // such as "web → api"
	Good   int    `json:"good"`   // answered
	Failed int    `json:"failed"` // not answered, or nobody was there
	Errors int    `json:"errors"` // answered with an error: something behind it failed
}

// tally counts the requests of the applications in a world.
type tally struct {
	mu    sync.Mutex
	since int // which of the counts this is: it begins anew when the world begins
	flows map[string]Flow
}

func newTally() *tally { return &tally{flows: map[string]Flow{}} }

// Begin implements [containers.Counter].
func (t *tally) Begin(flow string) func(containers.Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	since := t.since
	return func(o containers.Outcome) { t.end(flow, since, o) }
}

func (t *tally) end(flow string, since int, o containers.Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if since != t.since {
		return
	}
	f := t.flows[flow]
	f.Name = flow
	switch o {
	case containers.Good:
		f.Good++
	case containers.Failed:
		f.Failed++
	case containers.Errored:
		f.Errors++
	}
	t.flows[flow] = f
}

// restart forgets what was counted, and what is on its way.
func (t *tally) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since++
	t.flows = map[string]Flow{}
}

func (t *tally) all() []Flow {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.SortedFunc(maps.Values(t.flows), func(a, b Flow) int { return cmp.Compare(a.Name, b.Name) })
}

// Requests are the requests of the applications since the world began, by flow.
func (w *World) Requests() []Flow { return w.tally.all() }

// goodRequests says how many requests of a flow have gone well.
func (w *World) goodRequests(flow string) int {
	for _, f := range w.tally.all() {
		if f.Name == flow {
			return f.Good
		}
	}
	return 0
}
