package nodes

import (
	"fmt"
	"slices"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/world"
)

// slots looks whether nodes without a trunk ENI have room for one.
func slots(c *check.Context) {
	capable := c.Candidates()
	if len(capable) == 0 || !c.Known(world.FactInterfaces) {
		return
	}
	attached := map[string]int{}
	for _, e := range c.Cloud.Interfaces {
		if e.InstanceID != "" {
			attached[e.InstanceID]++
		}
	}
	var full []string
	trunks := 0
	for _, n := range capable {
		if _, ok := c.TrunkOf(n.InstanceID); ok {
			trunks++
			continue
		}
		if limit := c.InstanceType(n.InstanceType).ENIs; limit > 0 && attached[n.InstanceID] >= limit {
			full = append(full, fmt.Sprintf("%s (%s): %d of %d network interfaces are in use, none is a trunk", n.Name, n.InstanceType, attached[n.InstanceID], limit))
		}
	}
	switch {
	case len(full) == len(capable):
		c.Fail("no node has room for a trunk ENI: ordinary pods use every network interface").Saw(full...).
			Mend(say.T("move pods away and replace the nodes one by one, or add nodes: a new node makes its trunk first"), "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data")
	case len(full) > 0:
		c.Warn("%d of %d nodes have no room for a trunk ENI until they are replaced", len(full), len(capable)).Saw(full...).
			Mend(say.T("drain and replace them when it suits you"), "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data")
	default:
		c.Pass("%d have one, %d have room", trunks, len(capable)-trunks)
	}
}

// features looks whether the VPC CNI has asked the controller for a trunk ENI on
// the nodes that can have one.
func features(c *check.Context) {
	capable := c.Candidates()
	if len(capable) == 0 || !c.Known(world.FactCNI) {
		return
	}
	if !podENIsOn(c) {
		c.Skip("the VPC CNI has not been told yet")
		return
	}
	var without []string
	for _, n := range capable {
		if _, asked := n.Features[world.FeatureSGP]; !asked {
			without = append(without, fmt.Sprintf("%s: CNINode present: %t", n.Name, n.HasCNINode))
		}
	}
	c.Expect(len(without) == 0, say.T("on all %d", len(capable)), say.T("%d of %d CNINodes lack feature %s", len(without), len(capable), world.FeatureSGP)).
		Saw(without...).
		Mend(say.T("look whether aws-node is ready on them and has a free network interface slot"), "kubectl get cninodes -o wide")
}

// branchesLeft counts the branch ENIs that no pod uses.
func branchesLeft(c *check.Context) {
	capable := c.Candidates()
	if len(capable) == 0 || !podENIsOn(c) || !c.Known(world.FactPods) {
		return
	}
	used := world.BranchesUsed(c.Kube.Pods)
	var lines []string
	left, room := 0, 0
	for _, n := range capable {
		left += n.PodENIs - used[n.Name]
		room += n.PodENIs
		lines = append(lines, fmt.Sprintf("%s: %d of %d in use", n.Name, used[n.Name], n.PodENIs))
	}
	slices.Sort(lines)
	if why, partial := c.Kube.Partial[world.FactPods]; partial && left > 0 {
		c.Warn("it cannot be told for sure: at most %d of %d, for only pods of namespace %s could be counted", left, room, c.Target.Namespace).
			Saw(append(lines, why)...).Mend(say.T("allow podsg to list pods of all namespaces"), "podsg permissions --mode read -o rbac")
		return
	}
	c.Expect(left > 0 || room == 0, say.T("%d of %d", left, room),
		say.T("all %d are in use: the next pod stays Pending with Insufficient %s", room, world.ResourcePodENI)).Saw(lines...).
		Mend(say.T("add nodes, or use a larger instance type"), "kubectl describe nodes | grep -A8 Allocated")
}
