// Package iam is the step of the procedure about the IAM policy on the cluster's
// role, with which the VPC resource controller makes trunk and branch ENIs.
package iam

import (
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Step is the step of the procedure.
var Step = plan.Step{
	ID: check.StepIAM,
	About: []string{
		"The VPC resource controller runs in the EKS control plane and acts with the cluster's IAM role.",
		"So the policy belongs on that role. On the node role, where old guides put it, it does nothing for this.",
	},
	Checks: Checks,
	Plan:   changes,
}

// changes attaches the policy, unless the role may do all that it allows.
func changes(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	role := s.Cloud.ClusterRole
	if role.Has(world.PolicyController) || s.RoleMay(world.ControllerActions()) {
		return
	}
	p.Add(plan.Change{
		ID: plan.ChangeIAM, Step: check.StepIAM, Op: plan.Create, Kind: world.KindRolePolicy,
		Summary: fmt.Sprintf("policy %s on cluster role %s", world.PolicyController, role.Name),
		Why:     "the VPC resource controller makes trunk and branch ENIs with this role",
		Undo:    "detached, once no branch ENI of the cluster is left",
		Action:  AttachPolicy{Role: role.Name, PolicyARN: world.ManagedPolicyARN(s.Cloud.Identity.Partition, world.PolicyController)},
	})
}
