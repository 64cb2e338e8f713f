package cluster

import (
	"context"
	"time"

	"k8s.io/client-go/util/workqueue"
)

// retryInterval is the wait before work that failed is tried again.
const retryInterval = time.Second

// A queue holds the names of objects that a controller has to look at. A name
// that is added while it waits is worked on once, and never by two workers at
// the same time.
type queue struct {
	workqueue.TypedInterface[string]
	cluster *Base
}

func (b *Base) newQueue() *queue {
	return &queue{TypedInterface: workqueue.NewTyped[string](), cluster: b}
}

// after adds the name once d has passed.
func (q *queue) after(ctx context.Context, name string, d time.Duration) {
	q.cluster.spawn(func() {
		if q.cluster.pause(ctx, d) {
			q.Add(name)
		}
	})
}

// work calls sync for every queued name with so many workers until ctx ends.
// sync says in how long it wants to see the name again (zero: not by itself);
// after an error it is called again soon.
func (q *queue) work(ctx context.Context, workers int, sync func(ctx context.Context, name string) (again time.Duration, err error)) {
	for range workers {
		q.cluster.spawn(func() {
			for {
				name, shutdown := q.Get()
				if shutdown {
					return
				}
				again, err := sync(ctx, name)
				if err != nil && ctx.Err() == nil {
					q.cluster.log.Debug("sync failed", "object", name, "error", err)
					again = max(again, retryInterval)
				}
				q.Done(name)
				if again > 0 && ctx.Err() == nil {
					q.after(ctx, name, again)
				}
			}
		})
	}
	q.cluster.spawn(func() {
		<-ctx.Done()
		q.ShutDown()
	})
}

// every calls do once per interval until ctx ends.
func (b *Base) every(ctx context.Context, interval time.Duration, do func()) {
	b.spawn(func() {
		t := b.clock.NewTicker(interval)
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
