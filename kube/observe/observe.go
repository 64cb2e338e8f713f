// Package observe reads a cluster's facts: everything at the same time, every
// list in pages, and no call per node or pod. The facts have a file each.
package observe

import (
	"context"
	"encoding/base64"
	"sync"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Observe reads the cluster's facts, all at the same time. Each group of facts
// fails by itself: the gaps say which are missing and why.
func (c Reader) Observe(ctx context.Context, scope plan.KubeScope) (world.ClusterFacts, plan.Gaps) {
	o := &observation{Reader: c, scope: scope, gaps: plan.Gaps{}, listed: make(chan struct{}), policed: make(chan struct{})}
	o.facts.Context = c.Origin
	o.facts.Server = c.Config.Host
	o.facts.TLSServerName = c.Config.ServerName
	o.facts.CAData = base64.StdEncoding.EncodeToString(c.Config.CAData)
	if c.Version != nil {
		o.facts.Version = c.Version.GitVersion
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
		world.FactPods:       {o.podFacts},
		world.FactWorkloads:  {o.workloads},
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
				if err := world.Guard(func() error { return read(ctx) }); err != nil {
					o.gap(fact, err)
				}
				if scope.Read != nil {
					scope.Read(fact)
				}
			})
		}
	}
	if scope.All {
		all.Go(func() { o.others(ctx) })
	}
	all.Wait()
	return o.facts, o.gaps
}
