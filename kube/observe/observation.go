package observe

import (
	"sync"

	"podsg/kube/api"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// A Reader reads a cluster's facts.
type Reader struct{ *api.Client }

// observation is one reading of a cluster. Each part writes fields of facts
// that no other part writes.
type observation struct {
	Reader
	scope plan.KubeScope
	facts world.ClusterFacts

	// What the reading of the pods leaves for others: they may look at it, and at
	// the facts' pods, once listed is closed.
	listed   chan struct{}
	unlisted error // why there are no pods
	refused  error // why there are only those of the chosen namespace
	logged   map[string]logSource
	// policed is closed once the policies are read: which namespaces are looked at
	// besides the chosen one follows from them.
	policed chan struct{}
	beside  bool                  // it reads a namespace beside the chosen one
	owned   map[string]*ownedPods // by the controllers that the pods name

	mu   sync.Mutex
	gaps plan.Gaps
}

// partial records that only the chosen namespace could be observed.
func (o *observation) partial(fact world.Fact, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.facts.Partial == nil {
		o.facts.Partial = map[world.Fact]string{}
	}
	o.facts.Partial[fact] = api.Plain(err).Error()
}

// gap records why a fact is missing; the first reason stays.
func (o *observation) gap(fact world.Fact, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gaps[fact] == nil {
		o.gaps[fact] = err
	}
}
