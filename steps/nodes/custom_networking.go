package nodes

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

// eniConfigs looks whether custom networking finds a subnet for every node.
func eniConfigs(c *check.Context) {
	capable := c.Candidates()
	if !c.CustomNetworking() || len(capable) == 0 || !c.Known(world.FactENIConfigs, world.FactNetwork) {
		return
	}
	var wrong, unsure []string
	for _, n := range capable {
		name, sure := c.ENIConfigName(n)
		trouble := eniConfigTrouble(c.Snapshot, n, name)
		switch {
		case trouble == "":
		case sure:
			wrong = append(wrong, n.Name+": "+trouble+world.LastEvent(c.Snapshot, "Node", n.Name, world.ENIConfigNotFound))
		default:
			unsure = append(unsure, n.Name+": "+trouble)
		}
	}
	var doubt say.Text
	if len(wrong) == 0 && len(unsure) > 0 {
		doubt = say.N(len(unsure), "an annotation of %d node may name another ENIConfig", "an annotation of %d nodes may name another ENIConfig")
	}
	c.Decide(len(wrong)+len(unsure) == 0, doubt, say.T("all %d have, each with a subnet of the node's zone", len(capable)),
		say.N(len(wrong), "%d of %s has no ENIConfig that fits, so pods get no network interface there", "%d of %s have no ENIConfig that fits, so pods get no network interface there", say.N(len(capable), "%d node", "%d nodes"))).
		Saw(words.Few(append(wrong, unsure...))...).
		Mend(say.T("make an ENIConfig with a subnet of the node's zone, or label the node with the name of one"), "kubectl get eniconfigs.crd.k8s.amazonaws.com -o yaml")
}

// eniConfigTrouble says why the ENIConfig of a name does not fit a node; empty:
// it does.
func eniConfigTrouble(s *world.Snapshot, n world.Node, name string) string {
	if name == "" {
		return "its CNINode names no ENIConfig"
	}
	c, ok := s.ENIConfig(name)
	if !ok {
		return "ENIConfig " + name + " does not exist"
	}
	if c.SubnetID == "" {
		return "ENIConfig " + name + " names no subnet"
	}
	subnet, ok := s.Subnet(c.SubnetID)
	if !ok {
		return fmt.Sprintf("subnet %s of ENIConfig %s is not in %s", c.SubnetID, name, s.Cloud.Cluster.VPCID)
	}
	if n.Zone != "" && subnet.Zone != n.Zone {
		return fmt.Sprintf("subnet %s of ENIConfig %s is in %s, the node in %s", c.SubnetID, name, subnet.Zone, n.Zone)
	}
	return ""
}

// interfacesLeft looks for types with two network interfaces. With custom
// networking the first one serves no pods, and the trunk takes the other.
func interfacesLeft(c *check.Context) {
	capable := c.Candidates()
	if !c.CustomNetworking() || len(capable) == 0 {
		return
	}
	var lines []string
	for _, n := range capable {
		if c.InstanceType(n.InstanceType).ENIs == 2 {
			lines = append(lines, n.Name+" ("+n.InstanceType+")")
		}
	}
	if len(lines) == 0 {
		c.Pass("all %d nodes have more than two", len(capable))
		return
	}
	c.Warn("%s", say.N(len(lines), "with custom networking and a trunk ENI, %d node of a type with two network interfaces has none left for ordinary pods",
		"with custom networking and a trunk ENI, %d nodes of a type with two network interfaces have none left for ordinary pods")).Saw(words.Few(lines)...).
		Mend(say.T("use larger types, which have three network interfaces or more"), "kubectl get nodes -L node.kubernetes.io/instance-type")
}

// trunksAsNew compares trunk ENIs with what new ones would be: the controller
// never changes one.
func trunksAsNew(c *check.Context) {
	capable := c.Candidates()
	if _, missing := c.Missing(world.FactInterfaces); !missing && !slices.ContainsFunc(capable, func(n world.Node) bool { _, ok := c.TrunkOf(n.InstanceID); return ok }) {
		return
	}
	if len(capable) == 0 || !c.Known(c.NewTrunkFacts(world.FactInterfaces)...) {
		return
	}
	var lines []string
	trunks := 0
	for _, n := range capable {
		trunk, ok := c.TrunkOf(n.InstanceID)
		if !ok {
			continue
		}
		trunks++
		subnet, groups := c.NewTrunk(n)
		var other []string
		if subnet != "" && trunk.SubnetID != "" && subnet != trunk.SubnetID {
			other = append(other, fmt.Sprintf("is in %s, a new one would be in %s", trunk.SubnetID, subnet))
		}
		if len(groups) > 0 && !words.SameSet(groups, trunk.Groups) {
			other = append(other, fmt.Sprintf("carries %s, a new one would carry %s", strings.Join(trunk.Groups, " "), strings.Join(groups, " ")))
		}
		if len(other) > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s %s", n.Name, trunk.ID, strings.Join(other, "; ")))
		}
	}
	if len(lines) == 0 {
		c.Pass("all %d", trunks)
		return
	}
	c.Warn("%s", say.N(len(lines), "groups or an ENIConfig have changed since: %d of %s is still as before", "groups or an ENIConfig have changed since: %d of %s are still as before", say.N(trunks, "%d trunk ENI", "%d trunk ENIs"))).
		Saw(words.Few(lines)...).
		Mend(say.T("drain and replace the nodes when it suits you: a trunk ENI stays as it was made"), "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data")
}
