package policy

import (
	"context"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/world"
)

// ApplyPolicy makes the SecurityGroupPolicy and proves, by a dry run, that the
// webhook injects the branch ENI limit into a pod that it selects. A policy
// must be there before its pods: the webhook acts on creation only.
type ApplyPolicy struct {
	Namespace, Name string
	PodSelector     *world.Selector
	SASelector      *world.Selector
	Groups          []intent.Ref
	ServiceAccount  string // that the proof's pod uses
}

// Apply implements [plan.Action].
func (a ApplyPolicy) Apply(ctx context.Context, run *plan.Run) error {
	var groups []string
	for _, g := range a.Groups {
		id, err := run.Resolve(g)
		if err != nil {
			return err
		}
		groups = append(groups, id)
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	m := a.Manifest(groups)
	created, err := run.Kube.Apply(call, m)
	if err != nil {
		return err
	}
	if err := run.Record(ctx, world.JournalEntry{Kind: world.KindPolicy, Object: m.Ref().String(), Created: created, Done: true}); err != nil {
		return err
	}
	if a.PodSelector == nil || a.SASelector != nil && a.ServiceAccount == "" {
		// Only service accounts are selected, or none that is selected is there.
		return nil
	}
	return probe.AwaitInjection(ctx, run, m.Ref(), world.SelectedLabels(a.PodSelector), a.ServiceAccount)
}

// Manifest is the policy with the ids of its security groups.
func (a ApplyPolicy) Manifest(groups []string) plan.Manifest {
	return plan.SecurityGroupPolicy(a.Namespace, a.Name, a.PodSelector, a.SASelector, groups)
}

// Shell implements [plan.Action].
func (a ApplyPolicy) Shell() []string {
	return []string{plan.ApplyPolicyCommand(a.Manifest, a.Groups)}
}
