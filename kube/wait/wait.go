// Package wait waits for what happens in a cluster, by watches and not by
// polling, and tells in words what it is waiting for.
package wait

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"podsg/kube/api"
	"podsg/kube/internal/follow"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// A Waiter waits for what happens in a cluster.
type Waiter struct{ *api.Client }

// A waiting follows objects until a condition holds of them.
type waiting struct {
	client  *api.Client
	doing   string
	object  string
	group   *errgroup.Group
	ctx     context.Context
	changed chan struct{}
	synced  []func() (bool, error)
}

// startWaiting begins a wait, whose errors say what was being waited for.
func (c Waiter) startWaiting(ctx context.Context, doing, object string) *waiting {
	w := &waiting{client: c.Client, doing: doing, object: object, changed: make(chan struct{}, 1)}
	w.group, w.ctx = errgroup.WithContext(ctx)
	return w
}

// watched follows objects for a wait. An optional source that the server
// refuses stays empty.
func watched[T follow.Object, V any](w *waiting, source follow.Source, optional bool, reduce follow.Reduce[T, V]) *follow.Set[V] {
	set := &follow.Set[V]{Changed: w.changed}
	if !optional {
		w.synced = append(w.synced, set.State)
	}
	w.group.Go(func() error {
		err := follow.New(source, reduce, set).Run(w.ctx, w.client.Clock)
		if optional {
			return nil
		}
		return err
	})
	return set
}

// errMet ends the followers of a wait that is over.
var errMet = errors.New("condition met")

// until calls check after every change, once all objects are known, until it
// says done or fails. Progress is told whenever its text changes.
func (w *waiting) until(ctx context.Context, progress plan.ProgressFunc, check func() (p plan.Progress, done bool, err error)) error {
	var last plan.Progress
	tell := func(p plan.Progress) {
		if p != last && progress != nil {
			progress(p)
		}
		last = p
	}
	w.group.Go(func() error {
		for {
			ready, trouble := w.state()
			if trouble != nil {
				tell(plan.Progress{Text: "the API server does not answer just now; asking again", Done: last.Done, Total: last.Total})
			} else if ready {
				p, done, err := check()
				if err != nil {
					return err
				}
				if p.Text != "" {
					tell(p)
				}
				if done {
					return errMet
				}
			}
			select {
			case <-w.changed:
			case <-w.ctx.Done():
				return w.ctx.Err()
			}
		}
	})
	err := w.group.Wait()
	if errors.Is(err, errMet) {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return w.ended(ended, last)
	}
	return w.client.Problem(w.doing, w.object, err)
}

// state reports whether everything is known, and what is in the way.
func (w *waiting) state() (ready bool, trouble error) {
	ready = true
	for _, state := range w.synced {
		synced, err := state()
		ready = ready && synced
		trouble = errors.Join(trouble, err)
	}
	return ready, trouble
}

// ended is the error of a wait that was stopped: it ends with what was seen
// last, not with the bare time-out.
func (w *waiting) ended(err error, last plan.Progress) error {
	p := &world.Problem{Kind: world.KindOf(err), Doing: w.doing, Object: w.object, Err: err}
	if last.Text != "" {
		p.Err = fmt.Errorf("%w; seen last: %s", err, last.Text)
	}
	return p
}
