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

var (
	CheckENIConfigs = check.Check{ID: "D39b", Title: "Nodes have their ENIConfig"}
	CheckTwoENIs    = check.Check{ID: "D39", Title: "Types have interfaces enough for custom networking"}
	CheckTrunkSame  = check.Check{ID: "D39c", Title: "Trunk ENIs are as new ones would be"}
)

func checkCustomNetworking(f *check.Findings, capable []world.Node) {
	if f.S.CustomNetworking() && len(capable) > 0 {
		checkNodeENIConfigs(f, capable)
		checkInterfacesLeft(f, capable)
	}
	checkTrunksOf(f, capable)
}

func checkNodeENIConfigs(f *check.Findings, capable []world.Node) {
	if !f.Known(CheckENIConfigs, world.FactENIConfigs, world.FactNetwork) {
		return
	}
	var wrong, unsure []string
	for _, n := range capable {
		name, sure := f.S.ENIConfigName(n)
		trouble := eniConfigTrouble(f.S, n, name)
		switch {
		case trouble == "":
		case sure:
			wrong = append(wrong, n.Name+": "+trouble+world.LastEvent(f.S, "Node", n.Name, world.ENIConfigNotFound))
		default:
			unsure = append(unsure, n.Name+": "+trouble)
		}
	}
	doubt := ""
	if len(wrong) == 0 && len(unsure) > 0 {
		doubt = fmt.Sprintf("an annotation of %s may name another ENIConfig", words.NumberOf(len(unsure), "node"))
	}
	f.Decide(CheckENIConfigs, len(wrong)+len(unsure) == 0, doubt, fmt.Sprintf("all %d have, each with a subnet of the node's zone", len(capable)),
		words.PartOf(len(wrong), len(capable), "node", "has no ENIConfig that fits", "have no ENIConfig that fits")+", so pods get no network interface there").
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

// checkInterfacesLeft looks for types with two network interfaces. With custom
// networking the first one serves no pods, and the trunk takes the other.
func checkInterfacesLeft(f *check.Findings, capable []world.Node) {
	var lines []string
	for _, n := range capable {
		if f.S.InstanceType(n.InstanceType).ENIs == 2 {
			lines = append(lines, n.Name+" ("+n.InstanceType+")")
		}
	}
	if len(lines) == 0 {
		f.Add(CheckTwoENIs, check.Pass, fmt.Sprintf("all %d nodes have more than two", len(capable)))
		return
	}
	f.Add(CheckTwoENIs, check.Warn, fmt.Sprintf("with custom networking and a trunk ENI, %s of a type with two network interfaces %s none left for ordinary pods",
		words.NumberOf(len(lines), "node"), map[bool]string{true: "has", false: "have"}[len(lines) == 1])).Saw(words.Few(lines)...).
		Mend(say.T("use larger types, which have three network interfaces or more"), "kubectl get nodes -L node.kubernetes.io/instance-type")
}

// checkTrunksOf compares trunk ENIs with what new ones would be: the controller
// never changes one.
func checkTrunksOf(f *check.Findings, capable []world.Node) {
	if _, missing := f.S.Missing(world.FactInterfaces); !missing && !slices.ContainsFunc(capable, func(n world.Node) bool { _, ok := f.S.TrunkOf(n.InstanceID); return ok }) {
		return
	}
	if len(capable) == 0 || !f.Known(CheckTrunkSame, f.S.NewTrunkFacts(world.FactInterfaces)...) {
		return
	}
	var lines []string
	trunks := 0
	for _, n := range capable {
		trunk, ok := f.S.TrunkOf(n.InstanceID)
		if !ok {
			continue
		}
		trunks++
		subnet, groups := f.S.NewTrunk(n)
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
		f.Add(CheckTrunkSame, check.Pass, fmt.Sprintf("all %d", trunks))
		return
	}
	f.Add(CheckTrunkSame, check.Warn, "groups or an ENIConfig have changed since: "+words.PartOf(len(lines), trunks, "trunk ENI", "is still as before", "are still as before")).
		Saw(words.Few(lines)...).
		Mend(say.T("drain and replace the nodes when it suits you: a trunk ENI stays as it was made"), "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data")
}
