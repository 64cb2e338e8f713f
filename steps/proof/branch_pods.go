package proof

import (
	"cmp"
	"fmt"
	"slices"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckIPv6  = check.Check{ID: "D75", Title: "Branch ENIs have an IPv6 address in an IPv6 cluster"}
	CheckGrace = check.Check{ID: "D72", Title: "Pods leave time to take their network down"}
)

// The VPC CNI that keeps what it needs to take the network of a pod down; before,
// it asked the API server for the pod.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
var cniWithStore = world.Version{1, 10, 3}

// checkBranchPods judges the pods with a branch ENI by how their cluster and its
// VPC CNI are. It is told only where they do not go together.
func checkBranchPods(f *check.Findings) {
	if _, missing := f.S.Missing(world.FactPods); missing {
		return
	}
	if f.T.Cluster.IPFamily == "ipv6" {
		checkAddresses(f)
	}
	if _, missing := f.S.Missing(world.FactCNI); missing || f.S.Kube.CNI == nil {
		return
	}
	v, ok := world.ParseVersion(f.S.Kube.CNI.Version)
	if !ok || !v.Before(cniWithStore) {
		return
	}
	var hasty []world.Pod
	for _, pod := range f.S.PodsIn(f.T.Namespace) {
		if pod.ENILimitOn >= 0 && pod.GracePeriod == 0 {
			hasty = append(hasty, pod)
		}
	}
	if len(hasty) > 0 {
		f.Add(CheckGrace, check.Warn, fmt.Sprintf("%s with a branch ENI set terminationGracePeriodSeconds to 0, and VPC CNI %s then leaves rules of theirs on the node, which can cut off the next pod of the same name", words.NumberOf(len(hasty), "pod"), v)).
			Saw(world.NamesOf(hasty)...).
			Mend(say.T("%s", "update the VPC CNI to "+cniWithStore.String()+" or later, or set a second or more"), cluster.UpdateVersionCommand(f.S))
	}
}

// checkAddresses names the pods of an IPv6 cluster whose branch ENI has an IPv4
// address alone: the controller takes what the subnet assigns by itself.
func checkAddresses(f *check.Findings) {
	var without, on, subnets []string
	with := 0
	for _, pod := range f.S.PodsIn(f.T.Namespace) {
		if len(pod.ENIs) == 0 {
			continue
		}
		eni := pod.ENIs[0]
		if eni.IPv6 != "" {
			with++
			continue
		}
		without, on = append(without, fmt.Sprintf("%s: %s has %s only", pod.Name, eni.ENIID, cmp.Or(eni.PrivateIP, "no address"))), append(on, pod.Namespace+"/"+pod.Name)
		if seen, ok := f.S.InterfaceByID(eni.ENIID); ok && seen.SubnetID != "" && !slices.Contains(subnets, seen.SubnetID) {
			subnets = append(subnets, seen.SubnetID)
		}
	}
	switch {
	case len(without) > 0:
		subnet := "SUBNET"
		if len(subnets) > 0 {
			subnet = subnets[0]
		}
		f.Add(CheckIPv6, check.Fail, words.NumberOf(len(without), "pod")+" got a branch ENI without an IPv6 address, and the cluster's pods speak IPv6").Saw(without...).On(on...).
			Mend(say.T("let the subnet assign IPv6 addresses to new network interfaces, then restart the pods"), "aws ec2 modify-subnet-attribute --subnet-id "+subnet+" --assign-ipv6-address-on-creation")
	case with > 0:
		f.Add(CheckIPv6, check.Pass, fmt.Sprintf("all %d have", with))
	}
}
