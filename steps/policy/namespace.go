package policy

import (
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// PlanNamespace plans the namespace; several steps need it, whichever is
// planned first.
func PlanNamespace(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if s.Kube.Namespace != nil || p.Has(plan.ChangeNamespace) {
		return
	}
	p.Add(plan.Change{
		ID: plan.ChangeNamespace, Step: check.StepPolicy, Op: plan.Create, Kind: world.KindNamespace,
		Summary: "namespace " + t.Namespace, Why: "the policy, the Secret and the selected pods are in it",
		Undo:   "deleted, if nothing of yours is in it",
		Action: plan.ApplyObject{Kind: world.KindNamespace, Manifest: plan.Object("v1", "Namespace", "", t.Namespace)},
	})
}
