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
	if t.PodGroup.ID == "" && notMissed(c) {
		return
	}
	if t.PodGroup.ID == "" {
		c.Fail("there is no security group %s in %s", t.PodGroup.Name, t.Cluster.VPCID).BySetup(t, say.T("setup makes it"))
		return
	}
	if noSuchGroup(c) {
		return
	}
	if _, ok := c.Group(t.PodGroup.ID); !ok {
		c.Fail("%s is not a security group of %s: it does not exist, or belongs to another VPC, so no branch ENI can carry it", t.PodGroup.ID, t.Cluster.VPCID).
			On(t.PodGroup.ID).Mend(say.T("give the policy a security group of the cluster's VPC"), shell.Command("aws ec2 describe-security-groups --group-ids %s --query 'SecurityGroups[].VpcId'", t.PodGroup.ID))
		return
	}
	c.Pass("%s", t.PodGroup).On(t.PodGroup.ID)
}

// notMissed adds a skip where the pods' group does not exist and podsg, which
// would make it, has set up nothing.
func notMissed(c *check.Context) bool {
	t := c.Target
	if !t.Foreign || t.Intent.PodSecurityGroup != (intent.GroupIntent{}) {
		return false
	}
	c.Skip("podsg has set up nothing in namespace %s, and no single policy of it gives a group to be judged", t.Namespace)
	return true
}

// noSuchGroup adds a skip where the policy gives the pods a group that does not
// exist: nobody can say what rules of it would do, and the checks of the policy
// say what is wrong.
func noSuchGroup(c *check.Context) bool {
	t := c.Target
	if _, missing := c.Missing(world.FactSecurityGroups); missing {
		return false
	}
	for _, id := range t.PodGroups {
		if !world.IsGroupID(id) {
			c.Skip("the policy gives the pods %q, which is no id of a security group: see D47", id)
			return true
		}
		if _, ok := c.Group(id); !ok {
			c.Skip("the policy gives the pods %s, which is no security group of %s: see D82", id, t.Cluster.VPCID)
			return true
		}
	}
	return false
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
