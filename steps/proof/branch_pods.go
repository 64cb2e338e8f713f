package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/policy"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// oldAffinity names the pods that ask for a label which no node has any more.
func oldAffinity(c *check.Context) {
	var affinity []string
	for _, pod := range c.Kube.Pods {
		if slices.Contains(pod.AffinityKeys, world.LabelTrunkAttached) && !pod.Ended() {
			affinity = append(affinity, pod.Namespace+"/"+pod.Name)
		}
	}
	c.Expect(len(affinity) == 0, say.T("none does"), say.T("%d do, and no node has that label any more: they stay Pending", len(affinity))).Saw(affinity...).
		Mend(say.T("remove the node affinity for %s: the injected resource limit steers the pods", world.LabelTrunkAttached), "")
}

// withBranch are the running pods of the namespace that have a branch ENI. It
// adds a skip where there is none.
func withBranch(c *check.Context) []world.Pod {
	pods := slices.DeleteFunc(c.PodsIn(c.Target.Namespace), func(p world.Pod) bool { return len(p.ENIs) == 0 || p.Phase != "Running" })
	if len(pods) == 0 {
		c.Skip("no running pod of namespace %s has a branch ENI", c.Target.Namespace)
	}
	return pods
}

// policyGroups compares the groups of branch ENIs with what the policies give.
func policyGroups(c *check.Context) {
	pods := withBranch(c)
	if len(pods) == 0 {
		return
	}
	accounts, policies := c.AccountLabels(), c.PoliciesIn(c.Target.Namespace)
	var changed, unselected []string
	var other []world.Pod
	for _, pod := range pods {
		eni := pod.ENIs[0]
		want, _, _ := world.MatchPolicies(policies, pod.Labels, accounts[pod.ServiceAccount])
		seen, ok := c.InterfaceByID(eni.ENIID)
		switch {
		case !ok || words.SameSet(seen.Groups, want):
		case len(want) == 0:
			unselected = append(unselected, fmt.Sprintf("%s (%s) carries %s, and no policy selects it", pod.Name, eni.ENIID, strings.Join(seen.Groups, " ")))
		default:
			changed = append(changed, fmt.Sprintf("%s (%s) carries %s, the policies give %s", pod.Name, eni.ENIID, strings.Join(seen.Groups, " "), strings.Join(want, " ")))
			other = append(other, pod)
		}
	}
	switch {
	case len(changed)+len(unselected) == 0:
		c.Pass("all %d do", len(pods))
	case len(changed) == 0:
		// Nothing is wrong with these pods, but with the policies.
		c.Add(check.Fail, say.N(len(unselected),
			"%d pod works with the groups of its branch ENI, but no policy selects it any more: the next one in its place gets its node's groups",
			"%d pods work with the groups of their branch ENIs, but no policy selects them any more: the next ones in their place get their nodes' groups")).Saw(unselected...).
			Mend(say.T("restart none of them before a policy selects them again: make or correct it, and they keep what they have"), shell.Command("kubectl -n %s get securitygrouppolicies -o yaml", c.Target.Namespace))
	default:
		found := c.Fail("a branch ENI keeps the groups that it was made with").Saw(append(changed, unselected...)...)
		if len(unselected) > 0 {
			found.Mend(say.T("see first that the policies are as they should be: those pods that none selects lose their groups when they are restarted; then restart the others"), shell.RestartCommands(other))
		} else {
			policy.Restart(c, found, say.T("restart the pods, if the policies are as they should be"), other)
		}
	}
}

// onBranch compares the addresses of pods with those of their branch ENIs.
func onBranch(c *check.Context) {
	pods := withBranch(c)
	if len(pods) == 0 {
		return
	}
	var lines []string
	var off []world.Pod
	for _, pod := range pods {
		if eni := pod.ENIs[0]; pod.IP != eni.PrivateIP && pod.IP != eni.IPv6 {
			lines = append(lines, fmt.Sprintf("%s has %s, its branch ENI %s has %s", pod.Name, pod.IP, eni.ENIID, eni.PrivateIP))
			off = append(off, pod)
		}
	}
	found := c.Expect(len(off) == 0, say.T("all %d do", len(pods)), say.T("the pod's address is not its branch ENI's: the CNI did not see the limit on the first container")).Saw(lines...)
	switch {
	case len(off) == 0:
	case slices.ContainsFunc(c.Troubles("D40"), func(f check.Finding) bool { return f.Status == check.Fail }):
		found.Mend(say.T("find the webhook that puts a container in front and make it put its container last (or as a sidecar among the init containers); restart the pods after that, for new ones fare the same until then"),
			"kubectl get mutatingwebhookconfigurations -o custom-columns='NAME:.metadata.name,RESOURCES:.webhooks[*].rules[*].resources'")
	default:
		policy.Restart(c, found, say.T("restart the pods: what put a container in front of theirs does it no more, as the dry run (D40) shows"), off)
	}
}

// The VPC CNI that keeps what it needs to take the network of a pod down; before,
// it asked the API server for the pod.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
var cniWithStore = world.Version{1, 10, 3}

// grace names the pods that end too fast for their VPC CNI. It is told only where
// they do not go together.
func grace(c *check.Context) {
	if c.Kube.CNI == nil {
		return
	}
	v, ok := world.ParseVersion(c.Kube.CNI.Version)
	if !ok || !v.Before(cniWithStore) || !c.Known(world.FactPods) {
		return
	}
	hasty := slices.DeleteFunc(c.PodsIn(c.Target.Namespace), func(p world.Pod) bool { return p.ENILimitOn < 0 || p.GracePeriod != 0 })
	if len(hasty) == 0 {
		return
	}
	c.Add(check.Warn, say.N(len(hasty),
		"%d pod with a branch ENI set terminationGracePeriodSeconds to 0, and VPC CNI %s then leaves rules of theirs on the node, which can cut off the next pod of the same name",
		"%d pods with a branch ENI set terminationGracePeriodSeconds to 0, and VPC CNI %s then leaves rules of theirs on the node, which can cut off the next pod of the same name", v)).
		Saw(world.NamesOf(hasty)...).
		Mend(say.T("update the VPC CNI to %s or later, or set a second or more", cniWithStore), cluster.UpdateVersionCommand(c.Snapshot))
}

// addresses names the pods of an IPv6 cluster whose branch ENI has an IPv4
// address alone: the controller takes what the subnet assigns by itself.
func addresses(c *check.Context) {
	if c.Target.Cluster.IPFamily != "ipv6" || !c.Known(world.FactPods) {
		return
	}
	var without, on, subnets []string
	with := 0
	for _, pod := range c.PodsIn(c.Target.Namespace) {
		if len(pod.ENIs) == 0 {
			continue
		}
		eni := pod.ENIs[0]
		if eni.IPv6 != "" {
			with++
			continue
		}
		without, on = append(without, fmt.Sprintf("%s: %s has %s only", pod.Name, eni.ENIID, cmp.Or(eni.PrivateIP, "no address"))), append(on, pod.Namespace+"/"+pod.Name)
		if seen, ok := c.InterfaceByID(eni.ENIID); ok && seen.SubnetID != "" && !slices.Contains(subnets, seen.SubnetID) {
			subnets = append(subnets, seen.SubnetID)
		}
	}
	switch {
	case len(without) > 0:
		subnet := "SUBNET"
		if len(subnets) > 0 {
			subnet = subnets[0]
		}
		c.Add(check.Fail, say.N(len(without), "%d pod got a branch ENI without an IPv6 address, and the cluster's pods speak IPv6", "%d pods got a branch ENI without an IPv6 address, and the cluster's pods speak IPv6")).
			Saw(without...).On(on...).
			Mend(say.T("let the subnet assign IPv6 addresses to new network interfaces, then restart the pods"), shell.Command("aws ec2 modify-subnet-attribute --subnet-id %s --assign-ipv6-address-on-creation", subnet))
	case with > 0:
		c.Pass("all %d have", with)
	}
}
