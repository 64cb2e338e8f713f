package cni

import (
	"fmt"
	"slices"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/world"
)

// proxyMode looks for a mode of kube-proxy that does not go with strict mode.
func proxyMode(c *check.Context) {
	if !c.Known(world.FactSettings) {
		return
	}
	mode := c.Kube.Settings.ProxyMode
	passed := say.T("it does not say its mode, which means iptables")
	if mode != "" {
		passed = say.T("%s", mode)
	}
	c.Expect(mode != "ipvs", passed, say.T("it runs in ipvs mode, with which the VPC CNI does not support strict mode")).
		On("kube-system/kube-proxy-config").Mend(say.T("use standard mode, or let kube-proxy use iptables"), standardMode(c))
}

// standardMode is the command that sets standard mode; it counts for pods that
// are made after it.
func standardMode(c *check.Context) string {
	return setByHand(c, world.EnvEnforcingMode, world.ModeStandard)
}

// credentialAgent looks for pods that get AWS credentials from an agent of their
// node.
func credentialAgent(c *check.Context) {
	if !c.Known(world.FactPods, world.FactPolicies) {
		return
	}
	var pods []world.Pod
	for _, p := range intent.BranchPods(c.Snapshot, c.Target) {
		if p.CredentialAgent {
			pods = append(pods, p)
		}
	}
	c.Expect(len(pods) == 0, say.T("no selected pod uses it"),
		say.T("in strict mode %s cannot reach the agent of their node that gives them AWS credentials", say.N(len(pods), "%d selected pod", "%d selected pods"))).
		Saw(world.PodNames(pods)...).
		Mend(say.T("use standard mode and restart them, or give their service account a role by IRSA (IAM roles for service accounts)"), standardMode(c))
}

// localServices looks for services that send what comes to a node to its own
// pods. Whether a load balancer goes by the nodes at all is not observed.
func localServices(c *check.Context) {
	if !c.Known(world.FactTraffic, world.FactPods, world.FactPolicies) {
		return
	}
	pods := intent.BranchPods(c.Snapshot, c.Target)
	var lines, objects []string
	for _, service := range c.Kube.Services {
		if service.Namespace != c.Target.Namespace {
			continue
		}
		if service.Type != "NodePort" && service.Type != "LoadBalancer" || service.ExternalTrafficPolicy != "Local" || len(service.PodLabels) == 0 {
			continue
		}
		if n := countSelected(&world.Selector{MatchLabels: service.PodLabels}, pods); n > 0 {
			lines = append(lines, fmt.Sprintf("%s (%s) selects %s with a branch ENI", service.Name, service.Type, say.N(n, "%d pod", "%d pods")))
			objects = append(objects, service.Namespace+"/"+service.Name)
		}
	}
	if len(lines) == 0 {
		c.Pass("none sends its traffic to selected pods by way of their node")
		return
	}
	c.Add(check.Warn, say.N(len(lines), "%d service with externalTrafficPolicy Local selects pods that in strict mode get nothing by way of their node's ports",
		"%d services with externalTrafficPolicy Local select pods that in strict mode get nothing by way of their node's ports")).
		Saw(lines...).On(objects...).
		Mend(say.T("use standard mode and restart the pods, or let the load balancer send to the pods' addresses (target type ip)"), standardMode(c))
}

// countSelected is how many pods a selector selects.
func countSelected(selector *world.Selector, pods []world.Pod) int {
	n := 0
	for _, p := range pods {
		if ok, err := selector.Matches(p.Labels); err == nil && ok {
			n++
		}
	}
	return n
}

// cniWithPoliciesOnBranches is the oldest VPC CNI release whose network policy
// agent (v1.2.0) finds the host's end of a pod's network in strict mode too.
// https://github.com/aws/aws-network-policy-agent/commit/1f8d57197ccc5dab543b19aed161a85a65f5e868
var cniWithPoliciesOnBranches = world.Version{1, 19, 3}

// networkPolicies looks who enforces the policies of selected pods.
func networkPolicies(c *check.Context) {
	if !c.Known(world.FactTraffic, world.FactPods, world.FactPolicies) {
		return
	}
	pods := intent.BranchPods(c.Snapshot, c.Target)
	var lines, objects []string
	for _, policy := range c.Kube.NetworkPolicies {
		if policy.Namespace != c.Target.Namespace {
			continue
		}
		if n := countSelected(policy.PodSelector, pods); n > 0 {
			lines = append(lines, fmt.Sprintf("%s selects %s with a branch ENI", policy.Name, say.N(n, "%d pod", "%d pods")))
			objects = append(objects, policy.Namespace+"/"+policy.Name)
		}
	}
	if len(lines) == 0 {
		c.Pass("none selects a pod that has a branch ENI")
		return
	}
	if !c.Known(world.FactAddon) {
		return
	}
	v, known := world.Version{}, false
	if c.Kube.CNI != nil {
		v, known = world.ParseVersion(c.Kube.CNI.Version)
	}
	byCNI := c.Cloud.Addon != nil && world.AddonEnforcesPolicies(c.Cloud.Addon.ConfigurationValues)
	switch {
	case byCNI && known && !v.Before(cniWithPoliciesOnBranches):
		c.Pass("%s of the namespace: the VPC CNI %s enforces them on branch ENIs too", say.N(len(lines), "%d policy", "%d policies"), v)
	case byCNI:
		c.Warn("in strict mode a VPC CNI older than %s may not enforce network policies on pods with a branch ENI", cniWithPoliciesOnBranches).
			Saw(lines...).On(objects...).Mend(say.T("update the VPC CNI to a version that aws eks describe-addon-versions --addon-name %s lists", world.AddonVPCCNI), cluster.UpdateVersionCommand(c.Snapshot))
	default:
		c.Warn("in strict mode engines other than the VPC CNI's own, such as Calico, do not enforce network policies on pods with a branch ENI").
			Saw(append(slices.Clone(lines), "enableNetworkPolicy is not set in the configuration of add-on "+world.AddonVPCCNI)...).On(objects...).
			Mend(say.T("use standard mode and restart the pods, or have the VPC CNI enforce the policies"), standardMode(c))
	}
}
