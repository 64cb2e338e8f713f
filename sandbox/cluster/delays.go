package cluster

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// How long things take in a real cluster. All of them are waited for on the
// cluster's clock and none is ever compared with a time of day, because that
// clock shortens waits but tells the real time.
const (
	nodePollInterval      = 10 * time.Second // how soon a new or gone instance is noticed
	nodeHeartbeatInterval = 5 * time.Minute  // a kubelet reports an unchanged node this often
	nodeStatusInterval    = 10 * time.Second // a kubelet looks for changes of its node this often
	leaseRenewInterval    = 10 * time.Second
	schedulerBackoff      = time.Second
	unschedulableFlush    = 5 * time.Minute
	sandboxRetryInterval  = 12 * time.Second
	volumeRetryInterval   = 2 * time.Second
	configRetryInterval   = 10 * time.Second
	restartBackoff        = 10 * time.Second       // doubled at each restart …
	restartBackoffMax     = 5 * time.Minute        // … up to this
	killInterval          = 100 * time.Millisecond // between attempts to kill what has just started
	imageBackoff          = 10 * time.Second
	ipamdLoopInterval     = 5 * time.Second
	resyncInterval        = 30 * time.Minute // informers of the VPC resource controller
	coolDownPollInterval  = 30 * time.Second
	coolDownDefault       = 60 * time.Second
	coolDownMinimum       = 30 * time.Second
	nodeCleanUpDelay      = time.Minute
)

// Times of the machine, not of the cluster's clock.
const (
	settleRest  = 10 * time.Millisecond
	settleLimit = 15 * time.Second
)

// A span is a duration that varies from case to case.
type span struct{ least, most time.Duration }

var (
	podSetUpTime       = span{200 * time.Millisecond, 900 * time.Millisecond}
	sandboxSetUpTime   = span{300 * time.Millisecond, 900 * time.Millisecond}
	imagePullTime      = span{900 * time.Millisecond, 3 * time.Second}
	imageCheckTime     = span{150 * time.Millisecond, 400 * time.Millisecond}
	containerStartTime = span{100 * time.Millisecond, 400 * time.Millisecond}
	cniInitTime        = span{time.Second, 3500 * time.Millisecond}
	ipamdStartTime     = span{4 * time.Second, 10 * time.Second}
	programStopTime    = span{300 * time.Millisecond, 1200 * time.Millisecond}
	nodeBootTime       = span{20 * time.Second, 40 * time.Second}
	trunkCreateTime    = span{3 * time.Second, 20 * time.Second}
	branchCreateTime   = span{time.Second, 3 * time.Second}
	addonApplyTime     = span{2 * time.Second, 5 * time.Second}
)

// chance is a source of random numbers that many goroutines share.
type chance struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newChance(seed uint64) *chance {
	return &chance{rng: rand.New(rand.NewPCG(seed, 0x5eed))}
}

func (c *chance) within(s span) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.least + time.Duration(c.rng.Int64N(int64(s.most-s.least)+1))
}

// pause waits for d on the cluster's clock. It reports false when ctx ended
// first.
func (b *Base) pause(ctx context.Context, d time.Duration) bool {
	t := b.clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// spend is a pause for work that takes a while. The cluster's first pods are
// spared it, so that a new practice world starts as a cluster that has been
// running for long.
func (b *Base) spend(ctx context.Context, s span) bool {
	select {
	case <-b.settled:
		return b.pause(ctx, b.chance.within(s))
	default:
		return ctx.Err() == nil
	}
}

// pauseOnceSettled is a pause before something is looked at again. Until the
// cluster has settled it is a moment of the machine's time.
func (b *Base) pauseOnceSettled(ctx context.Context, d time.Duration) bool {
	if b.isSettled() {
		return b.pause(ctx, d)
	}
	moment := time.NewTimer(settleRest)
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

// withTimeout is context.WithTimeout on the cluster's clock, and machineTime
// more.
func (b *Base) withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	b.spawn(func() {
		if !b.pause(ctx, d) {
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
