package cluster

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"

	"podsg/sandbox/kubeapi"
)

// A Base is what every component of a cluster is given: the cluster's name, the
// account that it runs in, its objects, its clock, and a place to log. One that
// embeds it waits, spends time and starts goroutines by its methods.
type Base struct {
	name, region string
	cloud        Cloud
	store        *kubeapi.Store
	clock        clock.WithTicker
	log          *slog.Logger
	chance       *chance
	rootCA       []byte // PEM of the API server's authority
	*objects

	ctx        context.Context // of Run
	goroutines sync.WaitGroup
	settled    chan struct{} // closed once the first pods are up
	staged     bool          // people have worked in the cluster before the world begins
	conditions []func() bool // that must hold before the cluster has settled

	eventSerial atomic.Int64
	events      *kubeapi.Client[*corev1.Event]
}

// BaseConfig says what a Base is made of. All but Staged is required.
type BaseConfig struct {
	Name, Region string
	Cloud        Cloud
	Store        *kubeapi.Store
	Clock        clock.WithTicker
	Log          *slog.Logger
	RootCA       []byte // PEM of the API server's authority, for kube-root-ca.crt
	Seed         uint64 // the same seed gives the same delays
	Staged       bool   // people have worked in the cluster before the world begins
}

func newBase(config BaseConfig) *Base {
	b := &Base{
		name: config.Name, region: config.Region, cloud: config.Cloud, store: config.Store, clock: config.Clock, log: config.Log, rootCA: config.RootCA,
		chance: newChance(config.Seed), ctx: context.Background(), settled: make(chan struct{}), staged: config.Staged,
		events: kubeapi.NewClient[*corev1.Event](config.Store, kubeapi.Events, ""),
	}
	b.objects = newObjects(b)
	return b
}

// begin says in which context the components run. It is called before the first
// of them starts.
func (b *Base) begin(ctx context.Context) { b.ctx = ctx }

// spawn runs f in a goroutine that wait waits for.
func (b *Base) spawn(f func()) { b.goroutines.Go(f) }

// wait returns when all goroutines have ended.
func (b *Base) wait() { b.goroutines.Wait() }

// isSettled says that the cluster's first pods are up. Until then nothing takes
// time and no event is written: see the package that settles the cluster.
func (b *Base) isSettled() bool {
	select {
	case <-b.settled:
		return true
	default:
		return false
	}
}

// settle says that the cluster's first pods are up. It is called once.
func (b *Base) settle() { close(b.settled) }

// awaitBeforeSettling adds to what must hold before the cluster has settled. It
// is asked again when any object has changed.
func (b *Base) awaitBeforeSettling(holds func() bool) { b.conditions = append(b.conditions, holds) }

// atRest says that everything holds that must before the cluster has settled.
func (b *Base) atRest() bool {
	return !slices.ContainsFunc(b.conditions, func(holds func() bool) bool { return !holds() })
}
