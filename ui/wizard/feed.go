package wizard

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/plan"
)

// feedPause is the least time between two deliveries of a feed: the model hears
// of the engine at most ten times a second, however fast it talks.
const feedPause = 100 * time.Millisecond

// feed hands the events of one engine call to the model. Progress of a change
// is replaced by its newest; every other event is delivered.
type feed struct {
	mu      sync.Mutex
	pending []plan.Event
	latest  map[string]int // change → index of its pending progress
	wake    chan struct{}
	closed  bool
}

func newFeed() *feed {
	return &feed{latest: map[string]int{}, wake: make(chan struct{}, 1)}
}

// Observe takes an event; it is the engine's observer and never waits.
func (f *feed) Observe(e plan.Event) {
	f.mu.Lock()
	if at, ok := f.latest[e.Change]; ok && e.Type == plan.EventChangeProgress {
		f.pending[at] = e
	} else {
		if e.Type == plan.EventChangeProgress {
			f.latest[e.Change] = len(f.pending)
		} else {
			delete(f.latest, e.Change)
		}
		f.pending = append(f.pending, e)
	}
	f.mu.Unlock()
	f.ring()
}

// close ends the feed: what is pending is still delivered.
func (f *feed) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.ring()
}

func (f *feed) ring() {
	select {
	case f.wake <- struct{}{}:
	default: // the reader has been told already
	}
}

func (f *feed) take() (events []plan.Event, closed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	events = f.pending
	f.pending, f.latest = nil, map[string]int{}
	return events, f.closed
}

// FeedMsg delivers the events of a call.
type FeedMsg struct {
	call   int
	events []plan.Event
	closed bool
}

// wait is the command that waits for the feed's next events.
func (f *feed) wait(ctx context.Context, call int) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-f.wake:
		case <-ctx.Done():
			// The engine ends its events in its own time; do not wait for it
			// without looking at what is there.
			f.close()
		}
		events, closed := f.take()
		return FeedMsg{call: call, events: events, closed: closed}
	}
}
