// Package clockcontext makes contexts that end by an injected clock.
package clockcontext

import (
	"context"
	"time"

	"k8s.io/utils/clock"
)

// MinimumWait is the real time a time limit leaves in any case. A clock that runs a thousand
// times faster than real time would otherwise end what the machine underneath has had no
// chance to do.
const MinimumWait = 500 * time.Millisecond

// WithTimeout returns a context that ends after d of the clock's time, but not before
// MinimumWait. Its cause is then context.DeadlineExceeded; see TimedOut.
func WithTimeout(ctx context.Context, c clock.Clock, d time.Duration) (context.Context, context.CancelFunc) {
	limit := NewLimit(c, d)
	ctx, cancel := limit.Context(ctx, MinimumWait)
	return ctx, func() { cancel(); limit.Stop() }
}

// TimedOut reports whether the time of a context has run out by its limit.
func TimedOut(ctx context.Context) bool {
	return ctx.Err() != nil && context.Cause(ctx) == context.DeadlineExceeded
}

// Limit is a time limit that several contexts share, one after the other.
type Limit struct {
	over chan struct{}
	stop context.CancelFunc
}

// NewLimit starts a limit of d of the clock's time. Stop must be called.
func NewLimit(c clock.Clock, d time.Duration) *Limit {
	stopped, stop := context.WithCancel(context.Background())
	l := &Limit{over: make(chan struct{}), stop: stop}
	timer := c.NewTimer(d)
	go func() {
		defer timer.Stop()
		select {
		case <-timer.C():
			close(l.over)
		case <-stopped.Done():
		}
	}()
	return l
}

// Stop ends the limit without effect on its contexts. It may be called more than once.
func (l *Limit) Stop() { l.stop() }

// Context returns a context that ends when the limit is over and at least the given real time
// has passed since this call.
func (l *Limit) Context(ctx context.Context, atLeast time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	started := time.Now()
	go func() {
		select {
		case <-l.over:
		case <-ctx.Done():
			return
		}
		rest := time.NewTimer(atLeast - time.Since(started))
		defer rest.Stop()
		select {
		case <-rest.C:
			cancel(context.DeadlineExceeded)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}

// Sleep waits for d of the clock's time. It returns early, with the context's cause, when ctx
// ends.
func Sleep(ctx context.Context, c clock.Clock, d time.Duration) error {
	timer := c.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
