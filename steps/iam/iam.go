package iam

import (
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

var StepIAM = plan.Step{
	ID: check.StepIAM,
	About: []string{
		"The VPC resource controller runs in the EKS control plane and acts with the cluster's IAM role.",
		"So the policy belongs on that role. On the node role, where old guides put it, it does nothing for this.",
	},
	Check: CheckIAM,
	Plan:  PlanIAM,
}

var (
	CheckControllerPolicy = check.Check{ID: "D11", Title: "Cluster role may make network interfaces"}
	CheckNothingDenied    = check.Check{ID: "D12", Title: "Nothing takes the controller's permissions away"}
	CheckClusterPolicy    = check.Check{ID: "D13", Title: "Cluster role has the EKS cluster policy"}
	CheckNodeRolePolicy   = check.Check{ID: "D14", Title: "Node roles do not have the controller's policy"}
)

func CheckIAM(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepIAM, S: s, T: t}
	if f.Known(CheckControllerPolicy, world.FactClusterRole) {
		found := checkRolePolicy(f, CheckControllerPolicy, world.PolicyController, world.ControllerActions(), "the controller cannot make a trunk ENI on any node")
		if found.Status == check.Pass {
			checkDenied(f)
		} else {
			found.Fix.Text, found.Fix.Setup = "setup attaches it", true
		}
		checkRolePolicy(f, CheckClusterPolicy, world.PolicyCluster, world.ClusterPolicyActions(), "the controller needs it to describe instances and subnets")
	} else {
		f.Known(CheckNothingDenied, world.FactClusterRole)
	}
	if f.Known(CheckNodeRolePolicy, world.FactNodeRoles) {
		var with []string
		for _, r := range s.Cloud.NodeRoles {
			if r.Has(world.PolicyController) {
				with = append(with, r.Name)
			}
		}
		if len(with) > 0 {
			f.Add(CheckNodeRolePolicy, check.Warn, "it does nothing for security groups for pods there, and gives every node power over network interfaces").On(with...).
				Mend("detach it", "aws iam detach-role-policy --role-name "+with[0]+" --policy-arn "+world.ManagedPolicyARN(s.Cloud.Identity.Partition, world.PolicyController))
		} else {
			f.Add(CheckNodeRolePolicy, check.Pass, fmt.Sprintf("none of %d", len(s.Cloud.NodeRoles)))
		}
	}
	return f.Out
}

func PlanIAM(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
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
