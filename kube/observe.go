package kube

import (
	"context"
	"encoding/base64"
	"sync"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Observe reads the cluster's facts, all at the same time. Each group of facts
// fails by itself: the gaps say which are missing and why.
func (c *Client) Observe(ctx context.Context, scope plan.KubeScope) (world.ClusterFacts, plan.Gaps) {
	o := &observation{Client: c, scope: scope, gaps: plan.Gaps{}, listed: make(chan struct{})}
	o.facts.Context = c.origin
	o.facts.Server = c.config.Host
	o.facts.TLSServerName = c.config.ServerName
	o.facts.CAData = base64.StdEncoding.EncodeToString(c.config.CAData)
	if c.version != nil {
		o.facts.Version = c.version.GitVersion
	}
	var all sync.WaitGroup
	readers := map[world.Fact][]func(context.Context) error{
		world.FactAccess:     {o.access},
		world.FactNodes:      {o.nodeFacts},
		world.FactCNI:        {o.cni},
		world.FactDNS:        {o.dns},
		world.FactAdmission:  {o.admission},
		world.FactNamespace:  {o.namespace},
		world.FactPolicies:   {o.policies},
		world.FactPods:       {o.podFacts, o.workloads},
		world.FactEvents:     {o.eventFacts},
		world.FactLogs:       {o.podLogs},
		world.FactSettings:   {o.settings},
		world.FactTraffic:    {o.traffic},
		world.FactENIConfigs: {o.eniConfigs},
		world.FactSecret:     {o.secret},
		world.FactJournal:    {o.journal},
	}
	for _, fact := range world.FactsFrom(world.SourceKubernetes) {
		for _, read := range readers[fact] {
			all.Go(func() {
				if err := read(ctx); err != nil {
					o.gap(fact, err)
				}
				if scope.Read != nil {
					scope.Read(fact)
				}
			})
		}
	}
	all.Wait()
	return o.facts, o.gaps
}

// observation is one reading of a cluster. Each part writes fields of facts
// that no other part writes.
type observation struct {
	*Client
	scope plan.KubeScope
	facts world.ClusterFacts

	// What the reading of the pods leaves for others: they may look at it, and at
	// the facts' pods, once listed is closed.
	listed   chan struct{}
	unlisted error // why there are no pods
	logged   map[string]logSource

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
	o.facts.Partial[fact] = plain(err).Error()
}

// gap records why a fact is missing; the first reason stays.
func (o *observation) gap(fact world.Fact, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gaps[fact] == nil {
		o.gaps[fact] = err
	}
}
