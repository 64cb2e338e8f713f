package cloud

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// identity says which account it is, and where.
type identity struct{ partition, region, accountID string }

// base is what the services of an account share: its identity, its clock, its
// source of ids and its one lock.
type base struct {
	identity
	pageSize int // if positive, the most objects of any page
	quotas   Quotas
	clock    clock.WithTicker
	IDs      *idSource // guarded by the lock
	closed   chan struct{}

	closeOnce   sync.Once
	mu          sync.Mutex // guards the state of every service
	queue       []func()   // callbacks to run once mu is free, in order
	dispatching bool
}

func newBase(i identity, c clock.WithTicker, seed uint64, pageSize int, q Quotas) *base {
	return &base{identity: i, pageSize: pageSize, quotas: q, clock: c, IDs: newIDSource(seed), closed: make(chan struct{})}
}

// close ends the account's timers and hanging requests.
func (a *base) close() { a.closeOnce.Do(func() { close(a.closed) }) }

func (a *base) lock() { a.mu.Lock() }

// unlock frees the lock and runs the callbacks that were queued under it, in
// the order of the changes and never two at a time, so that a callback may
// call the account again.
func (a *base) unlock() {
	defer a.mu.Unlock()
	if a.dispatching {
		return
	}
	a.dispatching = true
	for len(a.queue) > 0 {
		next := a.queue[0]
		a.queue = a.queue[1:]
		a.mu.Unlock()
		next()
		a.mu.Lock()
	}
	a.dispatching = false
}

// notify queues a callback. The lock is held.
func (a *base) notify(f func()) { a.queue = append(a.queue, f) }

// after runs f under the lock once d has passed, unless the account is closed.
func (a *base) after(d time.Duration, f func()) {
	timer := a.clock.NewTimer(d)
	go func() {
		defer timer.Stop()
		select {
		case <-timer.C():
			a.lock()
			defer a.unlock()
			f()
		case <-a.closed:
		}
	}()
}

// now is the time as AWS prints it, without the parts below a millisecond.
func (a *base) now() time.Time { return a.clock.Now().UTC().Truncate(time.Millisecond) }

// arn names an object of this account and region.
func (a *base) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.partition, service, a.region, a.accountID, resource)
}

// globalARN names an object of this account that is in no region.
func (a *base) globalARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", a.partition, service, a.accountID, resource)
}

// dnsSuffix is the domain of the partition's endpoints.
func (a *base) dnsSuffix() string {
	if a.partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
