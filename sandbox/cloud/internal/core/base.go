// Package core is what the services of an account share.
package core

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"podsg/sandbox/cloud/internal/ids"
)

// Identity says which account it is, and where.
type Identity struct{ Partition, Region, AccountID string }

// Base is what the services of an account share: its identity, its clock, its
// source of ids and its one lock.
type Base struct {
	Identity
	PageSize int // if positive, the most objects of any page
	Quotas   Quotas
	Clock    clock.WithTicker
	IDs      *ids.Source // guarded by the lock
	Closed   chan struct{}

	closeOnce   sync.Once
	mu          sync.Mutex // guards the state of every service
	queue       []func()   // callbacks to run once mu is free, in order
	dispatching bool
}

// NewBase is the base of an account.
func NewBase(i Identity, c clock.WithTicker, seed uint64, pageSize int, q Quotas) *Base {
	return &Base{Identity: i, PageSize: pageSize, Quotas: q, Clock: c, IDs: ids.New(seed), Closed: make(chan struct{})}
}

// Close ends the account's timers and hanging requests.
func (a *Base) Close() { a.closeOnce.Do(func() { close(a.Closed) }) }

// Lock takes the account's lock.
func (a *Base) Lock() { a.mu.Lock() }

// Unlock frees the lock and runs the callbacks that were queued under it, in
// the order of the changes and never two at a time, so that a callback may
// call the account again.
func (a *Base) Unlock() {
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

// Notify queues a callback. The lock is held.
func (a *Base) Notify(f func()) { a.queue = append(a.queue, f) }

// After runs f under the lock once d has passed, unless the account is closed.
func (a *Base) After(d time.Duration, f func()) {
	timer := a.Clock.NewTimer(d)
	go func() {
		defer timer.Stop()
		select {
		case <-timer.C():
			a.Lock()
			defer a.Unlock()
			f()
		case <-a.Closed:
		}
	}()
}

// Now is the time as AWS prints it, without the parts below a millisecond.
func (a *Base) Now() time.Time { return a.Clock.Now().UTC().Truncate(time.Millisecond) }

// ARN names an object of this account and region.
func (a *Base) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.AccountID, resource)
}

// GlobalARN names an object of this account that is in no region.
func (a *Base) GlobalARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", a.Partition, service, a.AccountID, resource)
}

// DNSSuffix is the domain of the partition's endpoints.
func (a *Base) DNSSuffix() string {
	if a.Partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
