// Package observe reads a cluster's facts: everything at the same time, every
// list in pages, and no call per node or pod. The facts have a file each.
package observe

import (
	"context"
	"encoding/base64"
	"sync"

	"podsg/steps"
)

// Observe reads the cluster's facts, all at the same time. Each group of facts
// fails by itself: the gaps say which are missing and why.
func (c Reader) Observe(ctx context.Context, scope steps.KubeScope) (steps.ClusterFacts, steps.Gaps) {
	o := &observation{Reader: c, scope: scope, gaps: steps.Gaps{}, listed: make(chan struct{})}
	o.facts.Context = c.Origin
	o.facts.Server = c.Config.Host
	o.facts.TLSServerName = c.Config.ServerName
	o.facts.CAData = base64.StdEncoding.EncodeToString(c.Config.CAData)
	if c.Version != nil {
		o.facts.Version = c.Version.GitVersion
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
