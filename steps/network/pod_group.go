package network

import (
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// StepPodGroup is the step about the security group of the pods.
var StepPodGroup = plan.Step{
	ID: check.StepPodGroup,
	About: []string{
		"The selected pods get this security group instead of their node's.",
		"The database will admit this group and no other: that is the whole idea.",
	},
	Checks: PodGroupChecks,
	Plan:   planPodGroup,
}

// groupUsable looks for the pods' security group in the cluster's VPC.
func groupUsable(c *check.Context) {
	t := c.Target
	if t.PodGroup.ID == "" {
		c.Fail("there is no security group %s in %s", t.PodGroup.Name, t.Cluster.VPCID).BySetup(t, say.T("setup makes it"))
		return
	}
	if _, ok := c.Group(t.PodGroup.ID); !ok {
		c.Fail("%s is not a security group of %s: it does not exist, or belongs to another VPC, so no branch ENI can carry it", t.PodGroup.ID, t.Cluster.VPCID).
			On(t.PodGroup.ID).Mend(say.T("give the policy a security group of the cluster's VPC"), shell.Command("aws ec2 describe-security-groups --group-ids %s --query 'SecurityGroups[].VpcId'", t.PodGroup.ID))
		return
	}
	c.Pass("%s", t.PodGroup).On(t.PodGroup.ID)
}

// planPodGroup makes the group, unless there is one.
func planPodGroup(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.PodGroup.ID != "" {
		return
	}
	p.Add(plan.Change{
		ID: plan.ChangePodGroup, Step: check.StepPodGroup, Op: plan.Create, Kind: world.KindSecurityGroup,
		Summary: fmt.Sprintf("security group %s in %s", t.PodGroup.Name, t.Cluster.VPCID),
		Why:     "the selected pods carry it, and the database admits only it",
		Undo:    "deleted, once no network interface carries it",
		Action: CreateSecurityGroup{
			Output: intent.OutputPodGroup, Name: t.PodGroup.Name, VPCID: t.Cluster.VPCID, Tags: world.OwnershipTags(t.Cluster.Name),
			Description: "Pods of " + t.Cluster.Name + " that may reach the database",
		},
	})
}
