package steps

import "fmt"

var checkReserved = check{id: "D34", title: "No interface is kept for a trunk where none can be"}

// cniWithReservedByType is the oldest VPC CNI release that keeps a network
// interface free for the trunk ENI only on types that can have one.
// https://github.com/aws/amazon-vpc-cni-k8s/pull/3250
var cniWithReservedByType = version{1, 20, 4}

// checkReservedSlot looks for nodes that lose a network interface to a trunk ENI
// which they can never have, and with it the addresses of ordinary pods.
func checkReservedSlot(f *findings) {
	cni := f.s.Kube.CNI
	if cni == nil || cni.Env[envPodENI] != "true" {
		return
	}
	v, ok := parseVersion(cni.Version)
	if !ok {
		return
	}
	var lines []string
	for _, n := range f.s.Kube.Nodes {
		it := f.s.InstanceType(n.InstanceType)
		if n.InstanceID == "" || n.ComputeType == "auto" || n.OS == "windows" || !it.Known || it.Trunking || n.PodENIs > 0 {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s (%s): up to %s", n.Name, n.InstanceType, numberOf(n.MaxPods, "pod")))
	}
	if len(lines) == 0 {
		return
	}
	if !v.before(cniWithReservedByType) {
		f.add(checkReserved, Pass, fmt.Sprintf("%s keeps none on the %s without trunk support", v, numberOf(len(lines), "node")))
		return
	}
	f.add(checkReserved, Warn, fmt.Sprintf("%s keeps a network interface free for a trunk ENI on %s that can have none: when they are full, ordinary pods wait there for an address",
		v, numberOf(len(lines), "node"))).saw(few(lines)...).
		mend(fmt.Sprintf("update the VPC CNI to %s or later, or lower the maximum of pods on these nodes", cniWithReservedByType), updateVersionCommand(f.s))
}
