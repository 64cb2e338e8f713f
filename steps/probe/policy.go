package probe

import (
	"context"
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// PlanPolicy plans podsg's own policy, by which its probe pods get the groups of
// an access of the user's without being pods of the user's.
func PlanPolicy(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.Demo() || p.Has(plan.ChangeProbePolicy) {
		return
	}
	op := plan.Create
	if have, ok := s.Policy(t.Namespace, t.ProbePolicy()); ok {
		if world.SameSelector(have.PodSelector, t.ProbeSelector()) && t.GivesGroups(have) {
			return
		}
		op = plan.Update
	}
	p.Add(plan.Change{
		ID: plan.ChangeProbePolicy, Step: check.StepTestPods, Op: op, Kind: world.KindPolicy,
		Summary: fmt.Sprintf("policy %s/%s: podsg's own probe pods get %s", t.Namespace, t.ProbePolicy(), intent.RefNames(t.PolicyGroups)),
		Why:     "they try the access with its groups and without a label of your pods, so that no Service takes them for one of them",
		Needs:   []string{plan.ChangeNamespace, plan.ChangePodGroup}, Undo: "deleted after the proof",
		Action: ApplyPolicy{Namespace: t.Namespace, Name: t.ProbePolicy(), Selector: t.ProbeSelector(), Groups: t.PolicyGroups, Labels: t.ProbeLabels(intent.RoleGreen)},
	})
}

// ApplyPolicy makes the policy of the probe pods, and waits until the webhook
// sees it: a pod that came before would have no branch ENI.
type ApplyPolicy struct {
	Namespace, Name string
	Selector        *world.Selector
	Groups          []intent.Ref
	Labels          map[string]string // of a pod that it selects
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
	m := a.Manifest(groups)
	if err := (plan.ApplyObject{Kind: world.KindPolicy, Manifest: m}).Apply(ctx, run); err != nil {
		return err
	}
	return AwaitInjection(ctx, run, m.Ref(), a.Labels, "")
}

// Manifest is the policy with the ids of its security groups.
func (a ApplyPolicy) Manifest(groups []string) plan.Manifest {
	return plan.SecurityGroupPolicy(a.Namespace, a.Name, a.Selector, nil, groups)
}

// Shell implements [plan.Action].
func (a ApplyPolicy) Shell() []string {
	return []string{plan.ApplyPolicyCommand(a.Manifest, a.Groups)}
}
