// Package clockcontext makes contexts that end by an injected clock.
package clockcontext

import (
	"context"
	"time"

	"k8s.io/utils/clock"
)

// WithTimeout returns a context that ends after d of the clock's time. Its cause is then
// context.DeadlineExceeded; see TimedOut.
func WithTimeout(ctx context.Context, c clock.Clock, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := c.NewTimer(d)
	go func() {
		defer timer.Stop()
		select {
		case <-timer.C():
			cancel(context.DeadlineExceeded)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}

// TimedOut reports whether the time of a context from WithTimeout has run out.
func TimedOut(ctx context.Context) bool {
	return ctx.Err() != nil && context.Cause(ctx) == context.DeadlineExceeded
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
