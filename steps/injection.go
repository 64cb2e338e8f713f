package steps

import (
	"cmp"
	"context"
	"sync"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// provenBeside is in how many namespaces beside the chosen one a dry run is made.
const provenBeside = 12

// proveInjections tries a pod that a policy selects, in each observed namespace
// that has one.
func proveInjections(ctx context.Context, kube plan.Kube, facts *world.ClusterFacts, in intent.Intent) {
	chosen, others := world.DryRun{}, make([]world.DryRun, min(len(facts.Others), provenBeside))
	var all sync.WaitGroup
	all.Go(func() {
		namespace := cmp.Or(in.Namespace, intent.DefaultNamespace)
		if p, ok := intent.PolicyToDiagnose(facts.Policies, namespace, in.Policy.Name); ok {
			chosen = proveInjection(ctx, kube, p, facts.ServiceAccounts)
		}
	})
	for i := range others {
		o := facts.Others[i]
		all.Go(func() {
			if p, ok := intent.PolicyToDiagnose(facts.Policies, o.Name, ""); ok {
				others[i] = proveInjection(ctx, kube, p, o.ServiceAccounts)
			}
		})
	}
	all.Wait()
	facts.Admission.DryRunPolicy, facts.Admission.DryRunInjected, facts.Admission.DryRunError = chosen.Policy, chosen.Injected, chosen.Error
	for i, tried := range others {
		facts.Others[i].DryRun = tried
	}
}

// proveInjection tries a pod that a policy selects, with a service account that
// it selects.
func proveInjection(ctx context.Context, kube plan.Kube, p world.PodPolicy, accounts []world.ServiceAccount) world.DryRun {
	account, ok := world.SelectedAccount(accounts, p.ServiceAccountSelector)
	labels := world.SelectedLabels(p.PodSelector)
	if selected, err := p.PodSelector.Matches(labels); err != nil || !selected || !ok || len(p.GroupIDs) == 0 || p.PodSelector == nil && p.ServiceAccountSelector == nil {
		return world.DryRun{} // other checks say why it selects nothing
	}
	injected, err := kube.ProveInjection(ctx, p.Namespace, labels, account)
	if err != nil {
		return world.DryRun{Policy: p.Name, Error: err.Error()}
	}
	return world.DryRun{Policy: p.Name, Injected: &injected}
}
