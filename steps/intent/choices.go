package intent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/words"
	"podsg/steps/world"
)

// NodeGroupChoices are the security groups of the cluster's VPC, those that
// nodes carry first, each with why it is proposed.
func NodeGroupChoices(s *world.Snapshot, _ Intent) []Choice {
	nodes := map[string]int{}
	for _, i := range s.Cloud.Instances {
		for _, id := range i.PrimaryGroups {
			nodes[id]++
		}
	}
	dns := map[string]int{}
	for _, ip := range s.Kube.DNS.PodIPs {
		if e, ok := s.InterfaceByIP(ip); ok {
			for _, id := range e.Groups {
				dns[id]++
			}
		}
	}
	var out []Choice
	for _, g := range s.Cloud.SecurityGroups {
		c := Choice{Value: g.ID, Label: g.ID, Detail: []string{g.Name, g.Tags["Name"]}}
		var why []string
		if n := nodes[g.ID]; n > 0 {
			why = append(why, "on "+words.NumberOf(n, "node"))
		}
		if n := dns[g.ID]; n > 0 {
			why = append(why, "holds "+words.NumberOf(n, "CoreDNS pod"))
		}
		if g.ID == s.Cloud.Cluster.SecurityGroupID {
			why = append(why, "the cluster security group")
		}
		c.Source = strings.Join(why, ", ")
		if g.VPCID != s.Cloud.Cluster.VPCID {
			c.Disabled = "in another VPC, " + g.VPCID
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(nodes[b.Value], nodes[a.Value]), cmp.Compare(len(b.Source), len(a.Source)), cmp.Compare(a.Detail[0], b.Detail[0]))
	})
	return out
}

// PodGroupChoices are the groups that can be the pods': a new one first.
func PodGroupChoices(s *world.Snapshot, in Intent) []Choice {
	name := cmp.Or(in.PodSecurityGroup.Name, DefaultPodGroupName)
	out := []Choice{{Value: "", Label: "a new group", Detail: []string{name}, Source: "default"}}
	for _, g := range s.Cloud.SecurityGroups {
		c := Choice{Value: g.ID, Label: g.ID, Detail: []string{g.Name, g.Description}}
		switch {
		case g.VPCID != s.Cloud.Cluster.VPCID:
			c.Disabled = "in another VPC, " + g.VPCID
		case world.OwnedBy(g.Tags, s.Cloud.Cluster.Name):
			c.Source = "made by podsg"
			if g.Name == name {
				out[0] = c
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// DatabaseChoices are the RDS instances, each with why it cannot be chosen.
func DatabaseChoices(s *world.Snapshot, _ Intent) []Choice {
	var out []Choice
	for _, d := range s.Cloud.Databases {
		where := "private"
		if d.Public {
			where = "public"
		}
		c := Choice{
			Value: d.Identifier, Label: d.Identifier,
			Detail: []string{d.Engine + " " + d.EngineVersion, d.Class, d.Status, where},
		}
		switch {
		case d.VPCID != s.Cloud.Cluster.VPCID:
			c.Disabled = "in another VPC, " + d.VPCID
		case d.Status == "deleting":
			c.Disabled = "is being deleted"
		case !PostgreSQL().Speaks(d.Engine):
			c.Source = "not PostgreSQL: rules and policy only, no test table and no test pods"
		case world.OwnedBy(d.Tags, s.Cloud.Cluster.Name):
			c.Source = "made by podsg"
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(a.Disabled, b.Disabled), cmp.Compare(a.Value, b.Value))
	})
	return out
}

// InstanceChoices are the instance types of the nodes with what they can do,
// for the page that shows the capacity.
func InstanceChoices(s *world.Snapshot) []Choice {
	count := map[string]int{}
	for _, n := range s.Kube.Nodes {
		count[n.InstanceType]++
	}
	var out []Choice
	for name, n := range count {
		t := s.InstanceType(name)
		c := Choice{Value: name, Label: name, Detail: []string{words.NumberOf(n, "node")}, Source: t.Source}
		switch {
		case !t.Known:
			c.Detail = append(c.Detail, "unknown")
			c.Disabled = "not in the capacity table: trunk support unknown"
		case !t.Trunking:
			c.Detail = append(c.Detail, "no trunk")
			c.Disabled = "no trunk: this type cannot carry branch ENIs"
		default:
			c.Detail = append(c.Detail, words.NumberOf(t.BranchENIs, "branch ENI")+" each", fmt.Sprintf("%d in all", n*t.BranchENIs))
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(a.Disabled, b.Disabled), cmp.Compare(a.Value, b.Value))
	})
	return out
}
