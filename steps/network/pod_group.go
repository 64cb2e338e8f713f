package network

import (
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/world"
)

var StepPodGroup = plan.Step{
	ID: check.StepPodGroup,
	About: []string{
		"The selected pods get this security group instead of their node's.",
		"The database will admit this group and no other: that is the whole idea.",
	},
	Check: checkPodGroup,
	Plan:  planPodGroup,
}

var CheckGroupUsable = check.Check{ID: "D83", Title: "Pod security group exists in the cluster's VPC"}

func checkPodGroup(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepPodGroup, S: s, T: t}
	checkGroupThere(f)
	checkLoadBalancers(f)
	return f.Out
}

func checkGroupThere(f *check.Findings) {
	s, t := f.S, f.T
	if !f.Known(CheckGroupUsable, world.FactSecurityGroups) {
		return
	}
	if t.PodGroup.ID == "" {
		f.Add(CheckGroupUsable, check.Fail, fmt.Sprintf("there is no security group %s in %s", t.PodGroup.Name, t.Cluster.VPCID)).
			BySetup(t, say.T("setup makes it"))
		return
	}
	if _, ok := s.Group(t.PodGroup.ID); !ok {
		f.Add(CheckGroupUsable, check.Fail, fmt.Sprintf("%s is not a security group of %s: it does not exist, or belongs to another VPC, so no branch ENI can carry it", t.PodGroup.ID, t.Cluster.VPCID)).
			On(t.PodGroup.ID).Mend(say.T("give the policy a security group of the cluster's VPC"), "aws ec2 describe-security-groups --group-ids "+t.PodGroup.ID+" --query 'SecurityGroups[].VpcId'").Blocks()
		return
	}
	f.Add(CheckGroupUsable, check.Pass, t.PodGroup.String()).On(t.PodGroup.ID)
}

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
