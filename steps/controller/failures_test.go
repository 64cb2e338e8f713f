package controller

import (
	"strings"
	"testing"

	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestEveryErrorOfEC2IsExplained(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"creating network interface, UnauthorizedOperation: You are not authorized":                          "may not make the branch ENI",
		"creating network interface, InvalidSecurityGroupID.NotFound: sg-1":                                  "does not exist",
		"creating network interface, InvalidGroup.NotFound: sg-1":                                            "does not exist",
		"creating network interface, InvalidGroupId.Malformed: sg1":                                          "misspelt",
		"creating network interface, SecurityGroupsPerInterfaceLimitExceeded":                                "more security groups",
		"creating network interface, InsufficientFreeAddressesInSubnet":                                      "no free address",
		"creating network interface, NetworkInterfaceLimitExceeded":                                          "quota",
		"creating network interface, RequestLimitExceeded":                                                   "throttles",
		"creating network interface, InvalidSubnetID.NotFound":                                               "subnet of the node",
		"failed to get attach network interface permissions for branch eni-1: UnauthorizedOperation: denied": "permission to use the branch ENI",
		"assigning vlad id, failed to find free vlan id in the available 121 ids":                            "no free VLAN",
		"associating branch to trunk, InternalError":                                                         "put on the trunk ENI",
		"cannot create new eni entry already exist, older entry : [0xc000]":                                  "earlier attempt",
		"something that nobody has seen yet":                                                                 "could not make the pod's branch ENI",
	} {
		e := world.ClusterEvent{Reason: "BranchAllocationFailed", Message: "failed to allocate branch ENI to pod: " + message}
		if cause, _ := ExplainFailure(e); !strings.Contains(cause, want) {
			t.Errorf("%s: %q, want %q", message, cause, want)
		}
		f, _ := failureOf(e)
		s := checktest.World()
		if command := f.Command(Site{S: s, T: &intent.Target{}, Pod: s.Kube.Pods[0], Message: message}); f.Mend.IsZero() || command == "" {
			t.Errorf("%s: mended by %q, %q", message, f.Mend, command)
		}
	}
	if cause, _ := ExplainFailure(world.ClusterEvent{Reason: "FailedCreate", Message: "exceeded quota: compute, requested: cpu=1"}); cause != "" {
		t.Errorf("a quota of processors is explained by %q", cause)
	}
}

func TestAGroupThatIsMissingIsMendedInThePolicyThatNamesIt(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	other := s.Kube.Policies[0]
	other.Name, other.GroupIDs = "other", []string{"sg-gone"}
	s.Kube.Policies = append(s.Kube.Policies, other)
	got := editPolicy(Site{S: s, T: &intent.Target{}, Pod: s.Kube.Pods[0], Message: "InvalidGroup.NotFound: The security group 'sg-gone' does not exist"})
	if want := "kubectl -n " + intent.DefaultNamespace + " edit securitygrouppolicy other"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
