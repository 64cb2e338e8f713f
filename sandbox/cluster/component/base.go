// Package component is what the simulated components of a cluster share: its
// clock and how long things take by it, work queues, events, and the objects as
// each of them sees them.
package component

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// A Base is what every component of a cluster is given: the cluster's name, the
// account that it runs in, its objects, its clock, and a place to log. One that
// embeds it waits, spends time and starts goroutines by its methods.
type Base struct {
	Name, Region string
	Cloud        Cloud
	Store        *storage.Store
	Clock        clock.WithTicker
	Log          *slog.Logger // for what a real component would log
	Chance       *chance
	RootCA       []byte // PEM of the API server's authority
	*Objects

	Ctx        context.Context // of Run
	goroutines sync.WaitGroup
	settled    chan struct{} // closed once the first pods are up
	Staged     bool          // people have worked in the cluster before the world begins
	conditions []func() bool // that must hold before the cluster has settled

	eventSerial atomic.Int64
	Events      *storage.Client[*corev1.Event]
}

// BaseConfig says what a Base is made of. All but Staged is required.
type BaseConfig struct {
	Name, Region string
	Cloud        Cloud
	Store        *storage.Store
	Clock        clock.WithTicker
	Log          *slog.Logger
	RootCA       []byte // PEM of the API server's authority, for kube-root-ca.crt
	Seed         uint64 // the same seed gives the same delays
	Staged       bool   // people have worked in the cluster before the world begins
}

// NewBase makes the base of a cluster that has no objects yet.
func NewBase(config BaseConfig) *Base {
	b := &Base{
		Name: config.Name, Region: config.Region, Cloud: config.Cloud, Store: config.Store, Clock: config.Clock, Log: config.Log, RootCA: config.RootCA,
		Chance: newChance(config.Seed), Ctx: context.Background(), settled: make(chan struct{}), Staged: config.Staged,
		Events: storage.NewClient[*corev1.Event](config.Store, gvr.Events, ""),
	}
	b.Objects = newObjects(b)
	return b
}

// Begin says in which context the components run. It is called before the first
// of them starts.
func (b *Base) Begin(ctx context.Context) { b.Ctx = ctx }

// Spawn runs f in a goroutine that Wait waits for.
func (b *Base) Spawn(f func()) { b.goroutines.Go(f) }

// Wait returns when all goroutines have ended.
func (b *Base) Wait() { b.goroutines.Wait() }

// Settled is closed once the cluster's first pods are up. Until then nothing
// takes time and no event is written.
func (b *Base) Settled() <-chan struct{} { return b.settled }

// IsSettled says that the cluster has settled.
func (b *Base) IsSettled() bool {
	select {
	case <-b.settled:
		return true
	default:
		return false
	}
}

// Settle says that the cluster's first pods are up. It is called once.
func (b *Base) Settle() { close(b.settled) }

// AwaitBeforeSettling adds to what must hold before the cluster has settled. It
// is asked again when any object has changed.
func (b *Base) AwaitBeforeSettling(holds func() bool) { b.conditions = append(b.conditions, holds) }

// AtRest says that everything holds that must before the cluster has settled.
func (b *Base) AtRest() bool {
	return !slices.ContainsFunc(b.conditions, func(holds func() bool) bool { return !holds() })
}
