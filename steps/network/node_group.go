package network

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var StepNodeGroup = plan.Step{
	ID: check.StepNodeGroup,
	About: []string{
		"Ordinary pods share their node's security group; CoreDNS is one of them.",
		"So this is the group that must let the selected pods ask for names, and the one that must not reach the database.",
	},
	Check: checkNodeGroup,
}

var CheckNodesCarry = check.Check{ID: "P02", Title: "Chosen security group is on the nodes"}

func checkNodeGroup(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepNodeGroup, S: s, T: t}
	if !f.Known(CheckNodesCarry, world.FactInstances, world.FactSecurityGroups) {
		return f.Out
	}
	chosen := intent.RefIDs(t.NodeGroups)
	var without []string
	for _, i := range s.Cloud.Instances {
		if !slices.ContainsFunc(i.PrimaryGroups, func(id string) bool { return slices.Contains(chosen, id) }) {
			without = append(without, fmt.Sprintf("%s carries %s", i.PrivateDNS, strings.Join(i.PrimaryGroups, " ")))
		}
	}
	if len(without) > 0 {
		auto := *t
		auto.Intent.NodeSecurityGroup = intent.NodeGroupIntent{}
		f.Add(CheckNodesCarry, check.Warn, fmt.Sprintf("%s carry %s", words.PartOf(len(without), len(s.Cloud.Instances), "node", "does not", "do not"), intent.RefNames(t.NodeGroups))).
			Saw(without...).On(chosen...).
			Mend(say.T("leave nodeSecurityGroup out to have every node's own group used"), auto.SetupCommand())
		return f.Out
	}
	f.Add(CheckNodesCarry, check.Pass, fmt.Sprintf("%s, on all of %s", intent.RefNames(t.NodeGroups), words.NumberOf(len(s.Cloud.Instances), "node"))).On(chosen...)
	return f.Out
}
