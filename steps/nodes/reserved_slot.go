package nodes

import (
	"fmt"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

// cniWithReservedByType is the oldest VPC CNI release that keeps a network
// interface free for the trunk ENI only on types that can have one.
// https://github.com/aws/amazon-vpc-cni-k8s/pull/3250
var cniWithReservedByType = world.Version{1, 20, 4}

// reservedSlots looks for nodes that lose a network interface to a trunk ENI
// which they can never have, and with it the addresses of ordinary pods.
func reservedSlots(c *check.Context) {
	if !podENIsOn(c) {
		return
	}
	v, ok := world.ParseVersion(c.Kube.CNI.Version)
	if !ok {
		return
	}
	var lines []string
	for _, n := range c.Kube.Nodes {
		it := c.InstanceType(n.InstanceType)
		if n.InstanceID == "" || n.ComputeType == "auto" || n.OS == "windows" || !it.Known || it.Trunking || n.PodENIs > 0 {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s (%s): up to %s", n.Name, n.InstanceType, say.N(n.MaxPods, "%d pod", "%d pods")))
	}
	if len(lines) == 0 {
		return
	}
	if !v.Before(cniWithReservedByType) {
		c.Pass("%s keeps none on the %s without trunk support", v, say.N(len(lines), "%d node", "%d nodes"))
		return
	}
	c.Warn("%s keeps a network interface free for a trunk ENI on %s that can have none: when they are full, ordinary pods wait there for an address",
		v, say.N(len(lines), "%d node", "%d nodes")).Saw(words.Few(lines)...).
		Mend(say.T("update the VPC CNI to %s or later, or lower the maximum of pods on these nodes", cniWithReservedByType), cluster.UpdateVersionCommand(c.Snapshot))
}
