package kube

import (
	"context"
	"encoding/base64"
	"sync"

	"podsg/steps"
)

// Observe reads the cluster's facts, all at the same time. Each group of facts
// fails by itself: the gaps say which are missing and why.
func (c *Client) Observe(ctx context.Context, scope steps.KubeScope) (steps.ClusterFacts, steps.Gaps) {
	o := &observation{Client: c, scope: scope, gaps: steps.Gaps{}, listed: make(chan struct{})}
	o.facts.Context = c.origin
	o.facts.Server = c.config.Host
	o.facts.TLSServerName = c.config.ServerName
	o.facts.CAData = base64.StdEncoding.EncodeToString(c.config.CAData)
	if c.version != nil {
		o.facts.Version = c.version.GitVersion
	}
	var all sync.WaitGroup
	for _, part := range []struct {
		fact steps.Fact
		read func(context.Context) error
	}{
		{steps.FactAccess, o.access},
		{steps.FactNodes, o.nodeFacts},
		{steps.FactCNI, o.cni},
		{steps.FactDNS, o.dns},
		{steps.FactAdmission, o.admission},
		{steps.FactNamespace, o.namespace},
		{steps.FactPolicies, o.policies},
		{steps.FactPods, o.podFacts},
		{steps.FactPods, o.workloads},
		{steps.FactEvents, o.eventFacts},
		{steps.FactLogs, o.podLogs},
		{steps.FactSettings, o.settings},
		{steps.FactTraffic, o.traffic},
		{steps.FactENIConfigs, o.eniConfigs},
		{steps.FactSecret, o.secret},
		{steps.FactJournal, o.journal},
	} {
		all.Go(func() {
			if err := part.read(ctx); err != nil {
				o.gap(part.fact, err)
			}
			if scope.Read != nil {
				scope.Read(part.fact)
			}
		})
	}
	all.Wait()
	return o.facts, o.gaps
}

// observation is one reading of a cluster. Each part writes fields of facts
// that no other part writes.
type observation struct {
	*Client
	scope steps.KubeScope
	facts steps.ClusterFacts

	// What the reading of the pods leaves for others: they may look at it, and at
	// the facts' pods, once listed is closed.
	listed   chan struct{}
	unlisted error // why there are no pods
	logged   map[string]logSource

	mu   sync.Mutex
	gaps steps.Gaps
}

// partial records that only the chosen namespace could be observed.
func (o *observation) partial(fact steps.Fact, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.facts.Partial == nil {
		o.facts.Partial = map[steps.Fact]string{}
	}
	o.facts.Partial[fact] = plain(err).Error()
}

// gap records why a fact is missing; the first reason stays.
func (o *observation) gap(fact steps.Fact, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gaps[fact] == nil {
		o.gaps[fact] = err
	}
}
