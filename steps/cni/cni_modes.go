package cni

import (
	"cmp"
	"fmt"
	"slices"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckPodIdentity     = check.Check{ID: "D25", Title: "EKS Pod Identity works with the mode"}
	CheckLocalServices   = check.Check{ID: "D26", Title: "Services with local traffic work with the mode"}
	CheckProxyMode       = check.Check{ID: "D27", Title: "kube-proxy works with the mode"}
	CheckNetworkPolicies = check.Check{ID: "D31", Title: "Network policies work with the mode"}
)

// checkModeLimits looks for what does not work in strict mode, where all that a
// pod with a branch ENI sends leaves its node by the VPC.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
func checkModeLimits(f *check.Findings) {
	if f.T.Mode != world.ModeStrict {
		return
	}
	checkCredentialAgent(f)
	checkServices(f)
	if f.Known(CheckProxyMode, world.FactSettings) {
		proxy := f.S.Kube.Settings.ProxyMode
		f.Expect(CheckProxyMode, proxy != "ipvs", cmp.Or(proxy, "it does not say its mode, which means iptables"),
			"it runs in ipvs mode, with which the VPC CNI does not support strict mode").
			On("kube-system/kube-proxy-config").Mend(say.T("use standard mode, or let kube-proxy use iptables"), standardModeCommand(f.T))
	}
	checkNetworkPolicy(f)
}

// standardModeCommand is the setup that changes nothing else than the mode.
func standardModeCommand(t *intent.Target) string {
	standard := *t
	standard.Intent.CNI.EnforcingMode = world.ModeStandard
	return standard.SetupCommand()
}

func checkCredentialAgent(f *check.Findings) {
	if !f.Known(CheckPodIdentity, world.FactPods, world.FactPolicies) {
		return
	}
	var pods []world.Pod
	for _, p := range intent.BranchPods(f.S, f.T) {
		if p.CredentialAgent {
			pods = append(pods, p)
		}
	}
	f.Expect(CheckPodIdentity, len(pods) == 0, "no selected pod uses it",
		fmt.Sprintf("in strict mode %s cannot reach the agent of their node that gives them AWS credentials", words.NumberOf(len(pods), "selected pod"))).
		Saw(world.PodNames(pods)...).
		Mend(say.T("use standard mode and restart them, or give their service account a role by IRSA (IAM roles for service accounts)"), standardModeCommand(f.T))
}

// checkServices looks for services that send what comes to a node to its own
// pods. Whether a load balancer goes by the nodes at all is not observed.
func checkServices(f *check.Findings) {
	if !f.Known(CheckLocalServices, world.FactTraffic, world.FactPods, world.FactPolicies) {
		return
	}
	pods := intent.BranchPods(f.S, f.T)
	var lines, objects []string
	for _, service := range f.S.Kube.Services {
		if service.Type != "NodePort" && service.Type != "LoadBalancer" || service.ExternalTrafficPolicy != "Local" || len(service.PodLabels) == 0 {
			continue
		}
		if n := countSelected(&world.Selector{MatchLabels: service.PodLabels}, pods); n > 0 {
			lines = append(lines, fmt.Sprintf("%s (%s) selects %s with a branch ENI", service.Name, service.Type, words.NumberOf(n, "pod")))
			objects = append(objects, service.Namespace+"/"+service.Name)
		}
	}
	if len(lines) == 0 {
		f.Add(CheckLocalServices, check.Pass, "none sends its traffic to selected pods by way of their node")
		return
	}
	f.Add(CheckLocalServices, check.Warn, words.CountOf(len(lines), "service with externalTrafficPolicy Local selects", "services with externalTrafficPolicy Local select")+
		" pods that in strict mode get nothing by way of their node's ports").
		Saw(lines...).On(objects...).
		Mend(say.T("use standard mode and restart the pods, or let the load balancer send to the pods' addresses (target type ip)"), standardModeCommand(f.T))
}

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

func checkNetworkPolicy(f *check.Findings) {
	if !f.Known(CheckNetworkPolicies, world.FactTraffic, world.FactPods, world.FactPolicies) {
		return
	}
	pods := intent.BranchPods(f.S, f.T)
	var lines, objects []string
	for _, policy := range f.S.Kube.NetworkPolicies {
		if n := countSelected(policy.PodSelector, pods); n > 0 {
			lines = append(lines, fmt.Sprintf("%s selects %s with a branch ENI", policy.Name, words.NumberOf(n, "pod")))
			objects = append(objects, policy.Namespace+"/"+policy.Name)
		}
	}
	if len(lines) == 0 {
		f.Add(CheckNetworkPolicies, check.Pass, "none selects a pod that has a branch ENI")
		return
	}
	if !f.Known(CheckNetworkPolicies, world.FactAddon) {
		return
	}
	v, known := world.Version{}, false
	if f.S.Kube.CNI != nil {
		v, known = world.ParseVersion(f.S.Kube.CNI.Version)
	}
	byCNI := f.S.Cloud.Addon != nil && enforcesPolicies(f.S.Cloud.Addon.ConfigurationValues)
	switch {
	case byCNI && known && !v.Before(cniWithPoliciesOnBranches):
		f.Add(CheckNetworkPolicies, check.Pass, fmt.Sprintf("%s of the namespace: the VPC CNI %s enforces them on branch ENIs too", words.CountOf(len(lines), "policy", "policies"), v))
	case byCNI:
		f.Add(CheckNetworkPolicies, check.Warn, fmt.Sprintf("in strict mode a VPC CNI older than %s may not enforce network policies on pods with a branch ENI", cniWithPoliciesOnBranches)).
			Saw(lines...).On(objects...).Mend(say.T("%s", "update the VPC CNI to a version that aws eks describe-addon-versions --addon-name "+world.AddonVPCCNI+" lists"), cluster.UpdateVersionCommand(f.S))
	default:
		f.Add(CheckNetworkPolicies, check.Warn, "in strict mode engines other than the VPC CNI's own, such as Calico, do not enforce network policies on pods with a branch ENI").
			Saw(append(slices.Clone(lines), "enableNetworkPolicy is not set in the configuration of add-on "+world.AddonVPCCNI)...).On(objects...).
			Mend(say.T("use standard mode and restart the pods, or have the VPC CNI enforce the policies"), standardModeCommand(f.T))
	}
}
