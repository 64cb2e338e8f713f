package component

import (
	"context"
	"time"

	"k8s.io/client-go/util/workqueue"
)

// retryInterval is the wait before work that failed is tried again.
const retryInterval = time.Second

// A Queue holds the names of objects that a controller has to look at. A name
// that is added while it waits is worked on once, and never by two workers at
// the same time.
type Queue struct {
	workqueue.TypedInterface[string]
	base *Base
}

// NewQueue makes an empty queue.
func (b *Base) NewQueue() *Queue {
	return &Queue{TypedInterface: workqueue.NewTyped[string](), base: b}
}

// after adds the name once d has passed.
func (q *Queue) after(ctx context.Context, name string, d time.Duration) {
	q.base.Spawn(func() {
		if q.base.Pause(ctx, d) {
			q.Add(name)
		}
	})
}

// Work calls sync for every queued name with so many workers until ctx ends.
// sync says in how long it wants to see the name again (zero: not by itself);
// after an error it is called again soon.
func (q *Queue) Work(ctx context.Context, workers int, sync func(ctx context.Context, name string) (again time.Duration, err error)) {
	for range workers {
		q.base.Spawn(func() {
			for {
				name, shutdown := q.Get()
				if shutdown {
					return
				}
				again, err := sync(ctx, name)
				if err != nil && ctx.Err() == nil {
					q.base.Log.Debug("sync failed", "object", name, "error", err)
					again = max(again, retryInterval)
				}
				q.Done(name)
				if again > 0 && ctx.Err() == nil {
					q.after(ctx, name, again)
				}
			}
		})
	}
	q.base.Spawn(func() {
		<-ctx.Done()
		q.ShutDown()
	})
}

// Every calls do once per interval until ctx ends.
func (b *Base) Every(ctx context.Context, interval time.Duration, do func()) {
	b.Spawn(func() {
		t := b.Clock.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C():
				do()
			}
		}
	})
}
