package containerd

import (
	"context"

	"podsg/sandbox/cluster/cni"
	"podsg/sandbox/cluster/names"
)

// runCNIInit is the VPC CNI's init container: it sets the node's kernel up and
// ends.
func runCNIInit(ctx context.Context, r *programRun) int {
	r.logf("info", "Copying CNI plugin binaries ...")
	if !r.Spend(ctx, cniInitTime) {
		return exitTerminated
	}
	earlyDemux := !cni.IsOn(r.env("DISABLE_TCP_EARLY_DEMUX"))
	r.agents.SetNode(r.node, func(n *cni.Node) { n.EarlyDemux = earlyDemux })
	value := "1"
	if !earlyDemux {
		value = "0"
	}
	r.logf("info", "Updated net/ipv4/tcp_early_demux to %s", value)
	r.logf("info", "CNI init container done")
	return 0
}

// runAWSNode is the VPC CNI's agent. It refuses settings that it does not know,
// asks for a trunk ENI when security groups for pods are enabled, and serves
// the CNI plugin.
func runAWSNode(ctx context.Context, r *programRun) int {
	podENIOn := cni.IsOn(r.env("ENABLE_POD_ENI"))
	mode := r.env("POD_SECURITY_GROUP_ENFORCING_MODE")
	if mode == "" {
		mode = "strict"
	}
	if podENIOn && mode != "strict" && mode != "standard" {
		r.logf("error", "POD_SECURITY_GROUP_ENFORCING_MODE must be set to either 'strict' or 'standard'")
		return 1
	}
	r.logf("info", "Starting IPAM daemon... ")
	r.logf("info", "Checking for IPAM connectivity... ")
	if !r.Spend(ctx, ipamdStartTime) {
		return exitTerminated
	}
	r.agents.SetNode(r.node, func(n *cni.Node) { n.PodENI, n.Strict = podENIOn, mode == "strict" })
	r.logf("info", "Copying config file... ")
	r.logf("info", "Successfully copied CNI plugin binary and config file.")
	asked := !podENIOn || r.agents.AskForTrunk(r.node)
	r.ready()
	for !asked {
		if !r.PauseOnceSettled(ctx, ipamdLoopInterval) {
			return 0
		}
		asked = r.agents.AskForTrunk(r.node)
	}
	<-ctx.Done()
	return 0
}

// runNodeAgent is the network policy agent.
func runNodeAgent(ctx context.Context, r *programRun) int {
	r.printf(`{"level":"info","msg":"version","GitVersion":"v1.4.2"}`)
	return r.serve(ctx)
}

// runCoreDNS is the cluster's DNS server. What pods ask it is answered by the
// world's network.
func runCoreDNS(ctx context.Context, r *programRun) int {
	r.printf(".:53")
	r.printf("[INFO] plugin/reload: Running configuration SHA512 = %s", names.Hex(string(r.spec.Files["/etc/coredns/Corefile"]), 128))
	r.printf("CoreDNS-1.12.4")
	r.printf("linux/amd64, go1.26.5, %s", names.Hex("coredns", 7))
	return r.serve(ctx)
}

func runKubeProxy(ctx context.Context, r *programRun) int {
	r.printf(`I1101 00:00:00.000000       1 server_linux.go:53] "Using iptables proxy"`)
	return r.serve(ctx)
}
