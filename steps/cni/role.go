package cni

import (
	"cmp"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// The VPC CNI releases that ask EC2 for security groups when they start: from the
// first on, before the second. See CHANGELOG.md of aws/amazon-vpc-cni-k8s.
var (
	cniAsksForGroups = world.Version{1, 22, 0}
	cniAsksNoMore    = world.Version{1, 22, 2}
)

// ownRole looks whether the VPC CNI's own role, that of its service account or of
// the nodes, allows the calls that it makes when it starts.
func ownRole(c *check.Context) {
	cni := c.Kube.CNI
	fix := func(f *check.Finding) *check.Finding {
		return f.Mend(say.T("attach AmazonEKS_CNI_Policy to its role, or allow the call in the policy of your own; a VPC CNI of v1.22.2 or later asks for less"), roleCommand(c))
	}
	if len(cni.Refused) > 0 {
		fix(c.Fail("aws-node may not make a call that it needs, and is not ready before it may").Saw(words.Few(cni.Refused)...).On(roleNames(c)...))
		return
	}
	v, known := world.ParseVersion(cni.Version)
	if !known || v.Before(cniAsksForGroups) || !v.Before(cniAsksNoMore) || cni.Rollout.Complete() {
		c.Pass("aws-node tells of no call that EC2 refused")
		return
	}
	if !c.Known(world.FactAddon, world.FactNodeRoles) {
		return
	}
	if a := c.Cloud.Addon; a == nil || a.ServiceAccountRole == "" {
		without := slices.DeleteFunc(slices.Clone(c.Cloud.NodeRoles), func(r world.Role) bool { return r.Has(world.PolicyCNI) })
		if len(without) == 0 {
			c.Pass("the nodes' roles have %s", world.PolicyCNI)
			return
		}
	}
	fix(c.Warn("VPC CNI %s asks EC2 for security groups and subnets when it starts, aws-node is not ready, and its role may lack ec2:DescribeSecurityGroups", v).On(roleNames(c)...))
}

// roleNames are the roles that the VPC CNI may act with.
func roleNames(c *check.Context) []string {
	if a := c.Cloud.Addon; a != nil && a.ServiceAccountRole != "" {
		return []string{a.ServiceAccountRole}
	}
	var out []string
	for _, r := range c.Cloud.NodeRoles {
		out = append(out, r.ARN)
	}
	return out
}

// roleCommand attaches the managed policy to the first of them, where one is
// known, and else updates the VPC CNI.
func roleCommand(c *check.Context) string {
	names := roleNames(c)
	if len(names) == 0 {
		return cluster.UpdateVersionCommand(c.Snapshot)
	}
	name := names[0][strings.LastIndex(names[0], "/")+1:]
	return shell.Command("aws iam attach-role-policy --role-name %s --policy-arn %s", name, world.ManagedPolicyARN(cmp.Or(c.Cloud.Identity.Partition, "aws"), world.PolicyCNI))
}
