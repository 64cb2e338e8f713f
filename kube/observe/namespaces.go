package observe

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// namespacesAtOnce is how many namespaces are read at the same time.
const namespacesAtOnce = 8

// others observes the namespaces beside the chosen one that there is something
// to say of: those that have policies, and those whose pods ask for a branch
// ENI. What cannot be read of one is a gap of that one alone.
func (o *observation) others(ctx context.Context) {
	<-o.listed
	<-o.policed
	names := map[string]bool{}
	for _, p := range o.facts.Policies {
		names[p.Namespace] = true
	}
	for i := range o.facts.Pods { // their logs are being read
		p := &o.facts.Pods[i]
		if p.ENILimitOn >= 0 || p.RawENI != "" || len(p.ENIs) > 0 {
			names[p.Namespace] = true
		}
	}
	delete(names, o.scope.Namespace)
	found := make([]world.NamespaceFacts, len(names))
	var group errgroup.Group
	group.SetLimit(namespacesAtOnce)
	for i, name := range slices.Sorted(maps.Keys(names)) {
		group.Go(func() error {
			found[i] = o.namespaceBeside(ctx, name)
			return nil
		})
	}
	_ = group.Wait() // its functions do not fail
	o.facts.Others = found
}

// namespaceBeside observes one of them.
func (o *observation) namespaceBeside(ctx context.Context, name string) world.NamespaceFacts {
	one := &observation{
		Reader: o.Reader, scope: plan.KubeScope{Namespace: name, Secret: o.scope.Secret}, gaps: plan.Gaps{}, beside: true,
	}
	var group errgroup.Group
	for fact, read := range map[world.Fact]func(context.Context) error{
		world.FactNamespace: one.namespace, world.FactEvents: one.eventFacts,
		world.FactSecret: one.secret,
	} {
		group.Go(func() error {
			if err := read(ctx); err != nil {
				one.gap(fact, err)
			}
			return nil
		})
	}
	_ = group.Wait() // its functions do not fail
	if o.refused != nil {
		one.gap(world.FactPods, o.refused)
	}
	k := one.facts
	gaps := world.Snapshot{}
	for fact, err := range one.gaps {
		gaps.AddGap(fact, err)
	}
	return world.NamespaceFacts{
		Name: name, Namespace: k.Namespace, ServiceAccounts: k.ServiceAccounts, Secret: k.Secret, CAConfigMap: k.CAConfigMap,
		Events: k.Events, Gaps: gaps.Gaps,
	}
}
