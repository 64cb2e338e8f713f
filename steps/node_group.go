package steps

import (
	"fmt"
	"slices"
	"strings"
)

var stepNodeGroup = Step{
	ID: StepNodeGroup,
	About: []string{
		"Ordinary pods share their node's security group; CoreDNS is one of them.",
		"So this is the group that must let the selected pods ask for names, and the one that must not reach the database.",
	},
	Check: checkNodeGroup,
}

var checkNodesCarry = check{id: "P02", title: "Chosen security group is on the nodes"}

func checkNodeGroup(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepNodeGroup, s: s, t: t}
	if !f.known(checkNodesCarry, FactInstances, FactSecurityGroups) {
		return f.out
	}
	chosen := refIDs(t.NodeGroups)
	var without []string
	for _, i := range s.Cloud.Instances {
		if !slices.ContainsFunc(i.PrimaryGroups, func(id string) bool { return slices.Contains(chosen, id) }) {
			without = append(without, fmt.Sprintf("%s carries %s", i.PrivateDNS, strings.Join(i.PrimaryGroups, " ")))
		}
	}
	if len(without) > 0 {
		auto := *t
		auto.Intent.NodeSecurityGroup = NodeGroupIntent{}
		f.add(checkNodesCarry, Warn, fmt.Sprintf("%s carry %s", partOf(len(without), len(s.Cloud.Instances), "node", "does not", "do not"), refNames(t.NodeGroups))).
			saw(without...).on(chosen...).
			mend("leave nodeSecurityGroup out to have every node's own group used", auto.setupCommand())
		return f.out
	}
	f.add(checkNodesCarry, Pass, fmt.Sprintf("%s, on all of %s", refNames(t.NodeGroups), numberOf(len(s.Cloud.Instances), "node"))).on(chosen...)
	return f.out
}

func refIDs(refs []Ref) []string {
	var out []string
	for _, r := range refs {
		if r.ID != "" {
			out = append(out, r.ID)
		}
	}
	return out
}

func refNames(refs []Ref) string {
	var out []string
	for _, r := range refs {
		out = append(out, r.String())
	}
	return strings.Join(out, ", ")
}

// groupMap is the observed security groups by id.
func (s *Snapshot) groupMap() map[string]SecurityGroup {
	out := make(map[string]SecurityGroup, len(s.Cloud.SecurityGroups))
	for _, g := range s.Cloud.SecurityGroups {
		out[g.ID] = g
	}
	return out
}
