package live

import (
	"context"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"

	"podsg/kube"
	"podsg/kube/internal/follow"
	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// Options say what to follow, and how often to tell. The zero value follows the
// whole cluster and tells at most ten times a second.
type Options struct {
	// Namespace is what is followed of namespaced objects when the user may not
	// see all namespaces. Empty: nothing then.
	Namespace string
	// Interval is the shortest time between two notifications.
	Interval time.Duration
	// Clock is for tests. Nil: the real one.
	Clock clock.Clock
}

// Feed is the live state of a cluster.
type Feed struct {
	client  *kube.Client
	options Options
	clock   clock.Clock
	changed chan struct{} // to the reader: one slot
	stirred chan struct{} // something happened: one slot

	mu      sync.Mutex
	rollout world.Rollout
	nodes   nodeJoin
	pods    podJoin
	events  eventLog
}

// Watch follows a cluster until ctx ends. Sources that the server refuses leave
// their rows empty and say so in [rows.Delta.Trouble].
func Watch(ctx context.Context, client *kube.Client, options Options) *Feed {
	if options.Interval == 0 {
		options.Interval = 100 * time.Millisecond
	}
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	f := &Feed{
		client: client, options: options, clock: options.Clock,
		changed: make(chan struct{}, 1), stirred: make(chan struct{}, 1),
		nodes: newNodeJoin(), pods: newPodJoin(), events: newEventLog(),
	}
	f.followNodes(ctx)
	f.followPods(ctx)
	f.followEvents(ctx)
	go f.notify(ctx)
	return f
}

// Changed receives a value when there is something new to [Feed.Take].
func (f *Feed) Changed() <-chan struct{} { return f.changed }

// Take returns what has happened since it was last called.
func (f *Feed) Take() rows.Update {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pods.settle(f.options.Namespace)
	f.nodes.settle(f.pods.branches)
	return rows.Update{Rollout: f.rollout, Nodes: f.nodes.table.take(), Pods: f.pods.table.take(), Events: f.events.table.take()}
}

// notify tells the reader, and then lets an interval pass.
func (f *Feed) notify(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.stirred:
		}
		signal(f.changed)
		select {
		case <-ctx.Done():
			return
		case <-f.clock.After(f.options.Interval):
		}
	}
}

// signal puts a value into a channel of one slot, unless one is there.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// update changes the feed's state.
func (f *Feed) update(change func()) {
	f.mu.Lock()
	change()
	f.mu.Unlock()
	signal(f.stirred)
}

// sink passes what happens to the objects of one source to the feed, each call
// with the feed locked. The functions may be nil.
type sink[V any] struct {
	feed    *Feed
	source  string
	trouble troubles // of the rows that the source is a part of
	set     func(key string, value V)
	delete  func(key string)
	synced  func()
	// narrowed is called when only the next source may be seen.
	narrowed func()
}

// Set implements [follow.Sink].
func (s sink[V]) Set(key string, value V) { s.feed.update(func() { s.set(key, value) }) }

// Delete implements [follow.Sink].
func (s sink[V]) Delete(key string) {
	if s.delete != nil {
		s.feed.update(func() { s.delete(key) })
	}
}

// Synced implements [follow.Sink].
func (s sink[V]) Synced() { s.feed.update(func() { s.settled("") }) }

// settled says that there is no more to see than there is, and why.
func (s sink[V]) settled(trouble string) {
	s.trouble.set(s.source, trouble)
	if s.synced != nil {
		s.synced()
	}
}

// Trouble implements [follow.Sink].
func (s sink[V]) Trouble(err error) {
	text := ""
	if err != nil {
		text = plain(err)
	}
	s.feed.update(func() { s.trouble.set(s.source, text) })
}

// refused settles a source that may not be seen. A type that the server does
// not have is no trouble.
func (s sink[V]) refused(err error) {
	text := "not allowed: " + plain(err)
	if apierrors.IsNotFound(err) {
		text = ""
	}
	s.feed.update(func() { s.settled(text) })
}

// refusedAfter is the pause before a source that was refused is tried again:
// permissions are granted, definitions installed and people log in.
const refusedAfter = 15 * time.Second

// start follows the first of the sources that the server allows to be listed.
// One that was allowed once is kept: what it gave is not to be taken for what
// another one shows.
func start[T follow.Object, V any](ctx context.Context, f *Feed, reduce follow.Reduce[T, V], s sink[V], sources ...follow.Source) {
	s.feed = f
	go func() {
		for i, source := range sources {
			follower := follow.New(source, reduce, s)
			for {
				refusal := follower.Run(ctx, f.clock)
				if refusal == nil {
					return // ctx has ended
				}
				if apierrors.IsForbidden(refusal) && !follower.Synced() && i+1 < len(sources) {
					break
				}
				s.refused(refusal)
				select {
				case <-ctx.Done():
					return
				case <-f.clock.After(refusedAfter):
				}
			}
			follower.Forget() // a list may have been refused half-way
			if s.narrowed != nil {
				f.update(s.narrowed)
			}
		}
	}()
}
