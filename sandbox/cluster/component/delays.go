package component

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Each component has a table of how long things take it in a real cluster. All
// of them are waited for on the cluster's clock and none is ever compared with a
// time of day, because that clock shortens waits but tells the real time.

// Moment is how long somebody waits, in the machine's time, before he looks at a
// cluster again that has not settled.
const Moment = 10 * time.Millisecond

// A Span is a duration that varies from case to case.
type Span struct{ least, most time.Duration }

// Between is a duration of at least and at most so long.
func Between(least, most time.Duration) Span { return Span{least, most} }

// Exactly is a duration that does not vary.
func Exactly(d time.Duration) Span { return Span{d, d} }

// chance is a source of random numbers that many goroutines share.
type chance struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newChance(seed uint64) *chance {
	return &chance{rng: rand.New(rand.NewPCG(seed, 0x5eed))}
}

// Within is a duration of a span, by chance.
func (c *chance) Within(s Span) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.least + time.Duration(c.rng.Int64N(int64(s.most-s.least)+1))
}

// Pause waits for d on the cluster's clock. It reports false when ctx ended
// first.
func (b *Base) Pause(ctx context.Context, d time.Duration) bool {
	t := b.Clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Spend is a pause for work that takes a while. The cluster's first pods are
// spared it, so that a new practice world starts as a cluster that has been
// running for long.
func (b *Base) Spend(ctx context.Context, s Span) bool {
	select {
	case <-b.Settled():
		return b.Pause(ctx, b.Chance.Within(s))
	default:
		return ctx.Err() == nil
	}
}

// PauseOnceSettled is a pause before something is looked at again. Until the
// cluster has settled it is a moment of the machine's time.
func (b *Base) PauseOnceSettled(ctx context.Context, d time.Duration) bool {
	if b.IsSettled() {
		return b.Pause(ctx, d)
	}
	moment := time.NewTimer(Moment)
	defer moment.Stop()
	select {
	case <-moment.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// machineTime is how long this machine may take, in real time, for what a
// container does at once: a world that runs a hundred times faster than life
// must not lose its probes because the machine is busy.
const machineTime = time.Second

// WithTimeout is context.WithTimeout on the cluster's clock, and machineTime
// more.
func (b *Base) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	b.Spawn(func() {
		if !b.Pause(ctx, d) {
			return
		}
		late := time.NewTimer(machineTime)
		defer late.Stop()
		select {
		case <-late.C:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, cancel
}
