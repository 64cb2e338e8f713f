package steps

import (
	"cmp"
	"fmt"
	"slices"
)

var (
	checkPodIdentity     = check{id: "D25", title: "EKS Pod Identity works with the mode"}
	checkLocalServices   = check{id: "D26", title: "Services with local traffic work with the mode"}
	checkProxyMode       = check{id: "D27", title: "kube-proxy works with the mode"}
	checkNetworkPolicies = check{id: "D31", title: "Network policies work with the mode"}
)

// checkModeLimits looks for what does not work in strict mode, where all that a
// pod with a branch ENI sends leaves its node by the VPC.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
func checkModeLimits(f *findings) {
	if f.t.Mode != ModeStrict {
		return
	}
	checkCredentialAgent(f)
	checkServices(f)
	if f.known(checkProxyMode, FactSettings) {
		proxy := f.s.Kube.Settings.ProxyMode
		f.expect(checkProxyMode, proxy != "ipvs", cmp.Or(proxy, "it does not say its mode, which means iptables"),
			"it runs in ipvs mode, with which the VPC CNI does not support strict mode").
			on("kube-system/kube-proxy-config").mend("use standard mode, or let kube-proxy use iptables", f.t.standardModeCommand())
	}
	checkNetworkPolicy(f)
}

// standardModeCommand is the setup that changes nothing else than the mode.
func (t *Target) standardModeCommand() string {
	standard := *t
	standard.Intent.CNI.EnforcingMode = ModeStandard
	return standard.setupCommand()
}

func checkCredentialAgent(f *findings) {
	if !f.known(checkPodIdentity, FactPods, FactPolicies) {
		return
	}
	var pods []Pod
	for _, p := range f.s.branchPods(f.t) {
		if p.CredentialAgent {
			pods = append(pods, p)
		}
	}
	f.expect(checkPodIdentity, len(pods) == 0, "no selected pod uses it",
		fmt.Sprintf("in strict mode %s cannot reach the agent of their node that gives them AWS credentials", numberOf(len(pods), "selected pod"))).
		saw(podNames(pods)...).
		mend("use standard mode and restart them, or give their service account a role by IRSA (IAM roles for service accounts)", f.t.standardModeCommand())
}

// checkServices looks for services that send what comes to a node to its own
// pods. Whether a load balancer goes by the nodes at all is not observed.
func checkServices(f *findings) {
	if !f.known(checkLocalServices, FactTraffic, FactPods, FactPolicies) {
		return
	}
	pods := f.s.branchPods(f.t)
	var lines, objects []string
	for _, service := range f.s.Kube.Services {
		if service.Type != "NodePort" && service.Type != "LoadBalancer" || service.ExternalTrafficPolicy != "Local" || len(service.PodLabels) == 0 {
			continue
		}
		if n := countSelected(&Selector{MatchLabels: service.PodLabels}, pods); n > 0 {
			lines = append(lines, fmt.Sprintf("%s (%s) selects %s with a branch ENI", service.Name, service.Type, numberOf(n, "pod")))
			objects = append(objects, service.Namespace+"/"+service.Name)
		}
	}
	if len(lines) == 0 {
		f.add(checkLocalServices, Pass, "none sends its traffic to selected pods by way of their node")
		return
	}
	f.add(checkLocalServices, Warn, countOf(len(lines), "service with externalTrafficPolicy Local selects", "services with externalTrafficPolicy Local select")+
		" pods that in strict mode get nothing by way of their node's ports").
		saw(lines...).on(objects...).
		mend("use standard mode and restart the pods, or let the load balancer send to the pods' addresses (target type ip)", f.t.standardModeCommand())
}

func countSelected(selector *Selector, pods []Pod) int {
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
var cniWithPoliciesOnBranches = version{1, 19, 3}

func checkNetworkPolicy(f *findings) {
	if !f.known(checkNetworkPolicies, FactTraffic, FactPods, FactPolicies) {
		return
	}
	pods := f.s.branchPods(f.t)
	var lines, objects []string
	for _, policy := range f.s.Kube.NetworkPolicies {
		if n := countSelected(policy.PodSelector, pods); n > 0 {
			lines = append(lines, fmt.Sprintf("%s selects %s with a branch ENI", policy.Name, numberOf(n, "pod")))
			objects = append(objects, policy.Namespace+"/"+policy.Name)
		}
	}
	if len(lines) == 0 {
		f.add(checkNetworkPolicies, Pass, "none selects a pod that has a branch ENI")
		return
	}
	if !f.known(checkNetworkPolicies, FactAddon) {
		return
	}
	v, known := version{}, false
	if f.s.Kube.CNI != nil {
		v, known = parseVersion(f.s.Kube.CNI.Version)
	}
	byCNI := f.s.Cloud.Addon != nil && enforcesPolicies(f.s.Cloud.Addon.ConfigurationValues)
	switch {
	case byCNI && known && !v.before(cniWithPoliciesOnBranches):
		f.add(checkNetworkPolicies, Pass, fmt.Sprintf("%s of the namespace: the VPC CNI %s enforces them on branch ENIs too", countOf(len(lines), "policy", "policies"), v))
	case byCNI:
		f.add(checkNetworkPolicies, Warn, fmt.Sprintf("in strict mode a VPC CNI older than %s may not enforce network policies on pods with a branch ENI", cniWithPoliciesOnBranches)).
			saw(lines...).on(objects...).mend("update the VPC CNI to a version that aws eks describe-addon-versions --addon-name "+AddonVPCCNI+" lists", updateVersionCommand(f.s))
	default:
		f.add(checkNetworkPolicies, Warn, "in strict mode engines other than the VPC CNI's own, such as Calico, do not enforce network policies on pods with a branch ENI").
			saw(append(slices.Clone(lines), "enableNetworkPolicy is not set in the configuration of add-on "+AddonVPCCNI)...).on(objects...).
			mend("use standard mode and restart the pods, or have the VPC CNI enforce the policies", f.t.standardModeCommand())
	}
}
