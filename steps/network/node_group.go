package network

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
)

// StepNodeGroup is the step about the security group of the nodes.
var StepNodeGroup = plan.Step{
	ID: check.StepNodeGroup,
	About: []string{
		"Ordinary pods share their node's security group; CoreDNS is one of them.",
		"So this is the group that must let the selected pods ask for names, and the one that must not reach the database.",
	},
	Checks: NodeGroupChecks,
}

// nodesCarry looks for nodes without the chosen security group.
func nodesCarry(c *check.Context) {
	t := c.Target
	chosen := intent.RefIDs(t.NodeGroups)
	var without []string
	for _, i := range c.Cloud.Instances {
		if !slices.ContainsFunc(i.PrimaryGroups, func(id string) bool { return slices.Contains(chosen, id) }) {
			without = append(without, fmt.Sprintf("%s carries %s", i.PrivateDNS, strings.Join(i.PrimaryGroups, " ")))
		}
	}
	all := say.N(len(c.Cloud.Instances), "%d node", "%d nodes")
	if len(without) == 0 {
		c.Pass("%s, on all of %s", intent.RefNames(t.NodeGroups), all).On(chosen...)
		return
	}
	auto := *t
	auto.Intent.NodeSecurityGroup = intent.NodeGroupIntent{}
	c.Warn("%s", say.N(len(without), "%d of %s does not carry %s", "%d of %s do not carry %s", all, intent.RefNames(t.NodeGroups))).
		Saw(without...).On(chosen...).
		Mend(say.T("leave nodeSecurityGroup out to have every node's own group used"), auto.SetupCommand())
}
