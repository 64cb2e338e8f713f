package live_test

import (
	"strings"
	"testing"

	"podsg/kube/live"
	"podsg/steps/world"
)

func TestWhatHealsByItselfIsExplainedBeginningWithThat(t *testing.T) {
	const waiting = `failed to setup network for sandbox: plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container`
	for _, c := range []struct {
		event world.ClusterEvent
		heals bool
	}{
		{world.ClusterEvent{Reason: "FailedCreatePodSandBox", Message: waiting, Count: 3}, true},
		{world.ClusterEvent{Reason: "FailedCreatePodSandBox", Message: waiting, Count: 20}, false},
		{world.ClusterEvent{Reason: "FailedCreate", Message: `admission webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP for Pods, rejecting event`}, true},
		{world.ClusterEvent{Component: "vpc-resource-controller", Reason: "TrunkENICreationFailed", Message: "Failed to create trunk interface: Error Code: RequestLimitExceeded"}, true},
		{world.ClusterEvent{Component: "vpc-resource-controller", Reason: "BranchAllocationFailed", Message: "assigning vlad id, failed to find free vlan id in the available 121 ids"}, true},
		{world.ClusterEvent{Component: "vpc-resource-controller", Reason: "TrunkENICreationFailed", Message: "Failed to create trunk interface: Error Code: UnauthorizedOperation"}, false},
		{world.ClusterEvent{Component: "vpc-resource-controller", Reason: "BranchAllocationFailed", Message: "creating network interface, InsufficientFreeAddressesInSubnet"}, false},
		{world.ClusterEvent{Reason: "FailedScheduling", Message: "0/3 nodes are available: 3 Insufficient vpc.amazonaws.com/pod-eni."}, false},
	} {
		text := live.Explain(c.event)
		if text == "" || strings.HasPrefix(text, "Heals by itself: ") != c.heals {
			t.Errorf("%s, %d times, %q: %q", c.event.Reason, c.event.Count, c.event.Message, text)
		}
	}
}
