package proof

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// onPod changes the green pod.
func onPod(change func(p *world.Pod)) func(*world.Snapshot) {
	return func(s *world.Snapshot) { change(&s.Kube.Pods[0]) }
}

func TestPodsDoNotAskForTheOldTrunkLabel(t *testing.T) {
	asks := func(p *world.Pod) { p.AffinityKeys = []string{world.LabelTrunkAttached} }
	checktest.Table(t, Checks, "D62", map[string]checktest.Case{
		"none does":             {Want: check.Pass},
		"one does":              {Edit: onPod(asks), Want: check.Fail, Says: "remove the node affinity for " + world.LabelTrunkAttached},
		"one that ended did so": {Edit: onPod(func(p *world.Pod) { asks(p); p.Phase = "Succeeded" }), Want: check.Pass},
	})
}

func TestBranchENIsCarryTheGroupsOfThePolicies(t *testing.T) {
	checktest.Table(t, Checks, "D45", map[string]checktest.Case{
		"they do":                  {Want: check.Pass, Says: "all 1 do"},
		"the policy gives another": {Edit: func(s *world.Snapshot) { s.Kube.Policies[0].GroupIDs = []string{"sg-db"} }, Want: check.Fail, Says: "carries sg-pods, the policies give sg-db"},
		"no policy is left":        {Edit: func(s *world.Snapshot) { s.Kube.Policies = nil }, Want: check.Fail, Says: "restart none of them before a policy selects them again"},
		"the interface is gone":    {Edit: func(s *world.Snapshot) { s.Cloud.Interfaces = s.Cloud.Interfaces[:2] }, Want: check.Pass},
		"no pod has one":           {Edit: onPod(func(p *world.Pod) { p.ENIs = nil }), Want: check.Skip, Says: "has a branch ENI"},
	})
}

func TestPodsUseTheirBranchENI(t *testing.T) {
	checktest.Table(t, Checks, "D67", map[string]checktest.Case{
		"they do":              {Want: check.Pass, Says: "all 1 do"},
		"one has another":      {Edit: onPod(func(p *world.Pod) { p.IP = "10.0.0.77" }), Want: check.Fail, Says: "green has 10.0.0.77, its branch ENI eni-branch has 10.0.0.3"},
		"one uses its IPv6":    {Edit: onPod(func(p *world.Pod) { p.IP, p.ENIs[0].IPv6 = "2001:db8::3", "2001:db8::3" }), Want: check.Pass},
		"no pod runs with one": {Edit: onPod(func(p *world.Pod) { p.Phase = "Pending" }), Want: check.Skip},
	})
}

func TestBranchENIsHaveAnIPv6AddressInAnIPv6Cluster(t *testing.T) {
	ipv6 := func(t *intent.Target) { t.Cluster.IPFamily = "ipv6" }
	checktest.Table(t, Checks, "D75", map[string]checktest.Case{
		"an IPv4 cluster":      {},
		"they have":            {Target: ipv6, Edit: onPod(func(p *world.Pod) { p.ENIs[0].IPv6 = "2001:db8::3" }), Want: check.Pass, Says: "all 1 have"},
		"one has not":          {Target: ipv6, Want: check.Fail, Says: "--subnet-id subnet-a --assign-ipv6-address-on-creation"},
		"no pod has any":       {Target: ipv6, Edit: onPod(func(p *world.Pod) { p.ENIs = nil })},
		"pods are not known":   {Target: ipv6, Edit: gap(world.FactPods), Want: check.Skip, Says: "access denied"},
		"nor those with IPv4s": {Edit: gap(world.FactPods)},
	})
}

func TestPodsLeaveTimeToTakeTheirNetworkDown(t *testing.T) {
	old := func(s *world.Snapshot) { s.Kube.CNI.Version = "v1.10.2" }
	checktest.Table(t, Checks, "D72", map[string]checktest.Case{
		"a new VPC CNI":      {},
		"an old one":         {Edit: old, Want: check.Warn, Says: "1 pod with a branch ENI set terminationGracePeriodSeconds to 0, and VPC CNI v1.10.2"},
		"a pod takes time":   {Edit: func(s *world.Snapshot) { old(s); s.Kube.Pods[0].GracePeriod = 30 }},
		"a pod without one":  {Edit: func(s *world.Snapshot) { old(s); s.Kube.Pods[0].ENILimitOn = -1 }},
		"there is no CNI":    {Edit: func(s *world.Snapshot) { s.Kube.CNI = nil }},
		"pods are not known": {Edit: func(s *world.Snapshot) { old(s); gap(world.FactPods)(s) }, Want: check.Skip, Says: "access denied"},
	})
}
