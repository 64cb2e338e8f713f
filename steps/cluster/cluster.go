// Package cluster is the step of the procedure about the cluster itself: its
// control plane, its VPC and subnets, and what its nodes are.
package cluster

import (
	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// Step is the step of the procedure. It changes nothing.
var Step = plan.Step{
	ID: check.StepCluster,
	About: []string{
		"The cluster's control plane runs the VPC resource controller, which makes the pods' network interfaces.",
		"They live in the cluster's VPC and in the subnets of its nodes, so both are looked up from the cluster itself.",
	},
	Checks: Checks,
}

// UpdateVersionCommand brings the CNI's add-on to another version. It names the
// role that the add-on has: an update without it would take that away.
func UpdateVersionCommand(s *world.Snapshot) string {
	command := shell.Command("aws eks update-addon --cluster-name %s --addon-name %s --addon-version VERSION --resolve-conflicts PRESERVE", s.Cloud.Cluster.Name, world.AddonVPCCNI)
	if addon := s.Cloud.Addon; addon != nil && addon.ServiceAccountRole != "" {
		command += shell.Command(" --service-account-role-arn %s", addon.ServiceAccountRole)
	}
	return shell.InRegion(command, s.Cloud.Identity.Region)
}
