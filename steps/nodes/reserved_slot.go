package nodes

import (
	"fmt"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var CheckReserved = check.Check{ID: "D34", Title: "No interface is kept for a trunk where none can be"}

// cniWithReservedByType is the oldest VPC CNI release that keeps a network
// interface free for the trunk ENI only on types that can have one.
// https://github.com/aws/amazon-vpc-cni-k8s/pull/3250
var cniWithReservedByType = world.Version{1, 20, 4}

// checkReservedSlot looks for nodes that lose a network interface to a trunk ENI
// which they can never have, and with it the addresses of ordinary pods.
func checkReservedSlot(f *check.Findings) {
	cni := f.S.Kube.CNI
	if cni == nil || cni.Env[world.EnvPodENI] != "true" {
		return
	}
	v, ok := world.ParseVersion(cni.Version)
	if !ok {
		return
	}
	var lines []string
	for _, n := range f.S.Kube.Nodes {
		it := f.S.InstanceType(n.InstanceType)
		if n.InstanceID == "" || n.ComputeType == "auto" || n.OS == "windows" || !it.Known || it.Trunking || n.PodENIs > 0 {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s (%s): up to %s", n.Name, n.InstanceType, words.NumberOf(n.MaxPods, "pod")))
	}
	if len(lines) == 0 {
		return
	}
	if !v.Before(cniWithReservedByType) {
		f.Add(CheckReserved, check.Pass, fmt.Sprintf("%s keeps none on the %s without trunk support", v, words.NumberOf(len(lines), "node")))
		return
	}
	f.Add(CheckReserved, check.Warn, fmt.Sprintf("%s keeps a network interface free for a trunk ENI on %s that can have none: when they are full, ordinary pods wait there for an address",
		v, words.NumberOf(len(lines), "node"))).Saw(words.Few(lines)...).
		Mend(say.T("%s", fmt.Sprintf("update the VPC CNI to %s or later, or lower the maximum of pods on these nodes", cniWithReservedByType)), cluster.UpdateVersionCommand(f.S))
}
