// Package policy is the step of the procedure about the SecurityGroupPolicy, which
// says which pods get which security groups, and about what acts on it when a pod
// is created.
package policy

import (
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Step is the step of the procedure.
var Step = plan.Step{
	ID: check.StepPolicy,
	About: []string{
		"A SecurityGroupPolicy says which pods of a namespace get which security groups.",
		"It acts when a pod is created: pods that are there already keep what they have until they are replaced.",
	},
	Checks: Checks,
	Plan:   changes,
}

// planAdopted records that a policy is the user's, unless it is recorded.
func planAdopted(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	object := t.Namespace + "/" + t.PolicyName
	if e, ok := s.Kube.Journal.Entry(world.KindPolicy, object); !t.AdoptsPolicy || ok && e.Adopted {
		return
	}
	p.Add(plan.Change{
		ID: plan.ChangeAdopted, Step: check.StepPolicy, Op: plan.Update, Kind: world.KindConfigMap,
		Summary: fmt.Sprintf("journal: policy %s is yours, used as it is", object),
		Why:     "podsg did not make it and does not change it; it gives " + intent.RefNames(t.PolicyGroups), Undo: "the record is removed; the policy stays",
		Action: plan.RecordAdopted{Kind: world.KindPolicy, Object: object},
	})
}

// changes makes the policy, and before it what it needs, unless it is as wanted.
func changes(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	PlanNamespace(s, t, p)
	planAdopted(s, t, p)
	op := plan.Create
	if policy, ok := intent.Policy(s, t); ok {
		if t.PolicyMatches(policy) {
			return
		}
		op = plan.Update
	}
	account := t.ProofAccount(s)
	proof := "; a dry run proves it at once"
	if t.SASelector != nil && account == "" {
		proof = ""
	}
	selects := "pods with " + t.Selector.String()
	if t.Selector == nil {
		selects = "pods of service accounts with " + t.SASelector.String()
	} else if t.SASelector != nil {
		selects += " of service accounts with " + t.SASelector.String()
	}
	p.Add(plan.Change{
		ID: plan.ChangePolicy, Step: check.StepPolicy, Op: op, Kind: world.KindPolicy,
		Summary: fmt.Sprintf("policy %s/%s: %s get %s", t.Namespace, t.PolicyName, selects, intent.RefNames(t.PolicyGroups)),
		Why:     "the webhook and the controller give such pods a branch ENI with that group" + proof,
		Needs:   []string{plan.ChangeNamespace, plan.ChangePodGroup}, Undo: "deleted; running pods keep their interface until they are replaced",
		Action: ApplyPolicy{
			Namespace: t.Namespace, Name: t.PolicyName, PodSelector: t.Selector, SASelector: t.SASelector, Groups: t.PolicyGroups, ServiceAccount: account,
		},
	})
}
