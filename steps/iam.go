package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var stepIAM = Step{
	ID: StepIAM,
	About: []string{
		"The VPC resource controller runs in the EKS control plane and acts with the cluster's IAM role.",
		"So the policy belongs on that role. On the node role, where old guides put it, it does nothing for this.",
	},
	Check: checkIAM,
	Plan:  planIAM,
}

var (
	checkControllerPolicy = check{id: "D11", title: "Cluster role may make network interfaces"}
	checkNothingDenied    = check{id: "D12", title: "Nothing takes the controller's permissions away"}
	checkClusterPolicy    = check{id: "D13", title: "Cluster role has the EKS cluster policy"}
	checkNodeRolePolicy   = check{id: "D14", title: "Node roles do not have the controller's policy"}
)

// The AWS managed policies concerned.
// https://docs.aws.amazon.com/eks/latest/userguide/security-iam-awsmanpol.html
const (
	policyController = "AmazonEKSVPCResourceController"
	policyCluster    = "AmazonEKSClusterPolicy"
)

func managedPolicyARN(partition, name string) string {
	return fmt.Sprintf("arn:%s:iam::aws:policy/%s", cmp.Or(partition, "aws"), name)
}

// has reports whether an AWS managed policy is attached. A customer's own policy
// of the same name is another one.
func (r Role) has(policy string) bool {
	partition := ""
	if parts := strings.Split(r.ARN, ":"); len(parts) > 1 {
		partition = parts[1]
	}
	return slices.Contains(r.AttachedPolicies, managedPolicyARN(partition, policy))
}

func checkIAM(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepIAM, s: s, t: t}
	if f.known(checkControllerPolicy, FactClusterRole) {
		found := checkRolePolicy(f, checkControllerPolicy, policyController, ControllerActions(), "the controller cannot make a trunk ENI on any node")
		if found.Status == Pass {
			checkDenied(f)
		} else {
			found.Fix.Text, found.Fix.Setup = "setup attaches it", true
		}
		checkRolePolicy(f, checkClusterPolicy, policyCluster, ClusterPolicyActions(), "the controller needs it to describe instances and subnets")
	} else {
		f.known(checkNothingDenied, FactClusterRole)
	}
	if f.known(checkNodeRolePolicy, FactNodeRoles) {
		var with []string
		for _, r := range s.Cloud.NodeRoles {
			if r.has(policyController) {
				with = append(with, r.Name)
			}
		}
		if len(with) > 0 {
			f.add(checkNodeRolePolicy, Warn, "it does nothing for security groups for pods there, and gives every node power over network interfaces").on(with...).
				mend("detach it", "aws iam detach-role-policy --role-name "+with[0]+" --policy-arn "+managedPolicyARN(s.Cloud.Identity.Partition, policyController))
		} else {
			f.add(checkNodeRolePolicy, Pass, fmt.Sprintf("none of %d", len(s.Cloud.NodeRoles)))
		}
	}
	return f.out
}

func planIAM(s *Snapshot, t *Target, p *Plan) {
	role := s.Cloud.ClusterRole
	if role.has(policyController) || s.roleMay(ControllerActions()) {
		return
	}
	p.Add(Change{
		ID: changeIAM, Step: StepIAM, Op: Create, Kind: KindRolePolicy,
		Summary: fmt.Sprintf("policy %s on cluster role %s", policyController, role.Name),
		Why:     "the VPC resource controller makes trunk and branch ENIs with this role",
		Undo:    "detached, once no branch ENI of the cluster is left",
		Action:  AttachPolicy{Role: role.Name, PolicyARN: managedPolicyARN(s.Cloud.Identity.Partition, policyController)},
	})
}
