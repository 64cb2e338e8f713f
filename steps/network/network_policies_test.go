package network

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// withPolicies puts network policies into the pods' namespace.
func withPolicies(all ...world.NetworkPolicy) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, p := range all {
			if p.Namespace == "" {
				p.Namespace = intent.DefaultNamespace
			}
			s.Kube.NetworkPolicies = append(s.Kube.NetworkPolicies, p)
		}
	}
}

// byCNI lets the VPC CNI enforce them.
func byCNI(s *world.Snapshot) { s.Kube.CNI.PolicyAgent = true }

// daemonSet runs a DaemonSet.
func daemonSet(name string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Kube.Workloads = append(s.Kube.Workloads, world.Workload{ObjectFacts: world.ObjectFacts{Name: name, Namespace: "kube-system"}, Kind: world.WorkloadDaemonSet})
	}
}

func all(edits ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, edit := range edits {
			edit(s)
		}
	}
}

func TestNetworkPoliciesLetPodsThrough(t *testing.T) {
	egress := func(rules ...world.NetworkRule) world.NetworkPolicy {
		return world.NetworkPolicy{
			ObjectFacts: world.ObjectFacts{Name: "limits"}, PodSelector: &world.Selector{}, Isolates: []world.Direction{world.Egress}, Egress: rules,
		}
	}
	dns := world.NetworkRule{
		Peers: []world.NetworkPeer{{Namespaces: &world.Selector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "kube-system"}}}},
		Ports: []world.NetworkPort{{Protocol: "udp", Port: 53}, {Protocol: "tcp", Port: 53}},
	}
	db := world.NetworkRule{Ports: []world.NetworkPort{{Protocol: "tcp", Port: intent.DefaultDBPort}}}
	closedDNS := world.NetworkPolicy{
		ObjectFacts: world.ObjectFacts{Name: "closed", Namespace: "kube-system"}, PodSelector: &world.Selector{}, Isolates: []world.Direction{world.Ingress},
	}
	strict := func(t *intent.Target) { t.Mode = world.ModeStrict }
	checktest.Table(t, PortChecks, "P10", map[string]checktest.Case{
		"none":                            {Want: check.Pass},
		"both admitted":                   {Edit: all(byCNI, withPolicies(egress(dns, db))), Want: check.Pass},
		"default deny":                    {Edit: all(byCNI, withPolicies(egress())), Want: check.Fail, Says: "no egress rule of sg-per-pod/limits admits udp 53 to CoreDNS, and the VPC CNI enforces it"},
		"no database":                     {Edit: all(byCNI, withPolicies(egress(dns))), Want: check.Fail, Says: `"ports":[{"port":5432,"protocol":"TCP"}]`},
		"no DNS":                          {Edit: all(byCNI, withPolicies(egress(db))), Want: check.Fail, Says: `"kubernetes.io/metadata.name":"kube-system"`},
		"DNS takes nothing":               {Edit: all(byCNI, withPolicies(closedDNS)), Want: check.Fail, Says: `"namespace":"kube-system"`},
		"NodeLocal DNSCache":              {Edit: all(byCNI, withPolicies(egress(db)), func(s *world.Snapshot) { s.Kube.DNS.NodeLocal = true }), Want: check.Pass},
		"by Calico":                       {Edit: all(daemonSet("calico-node"), withPolicies(egress())), Want: check.Fail, Says: "Calico enforces it"},
		"by Calico, which sees no strict": {Edit: all(daemonSet("calico-node"), withPolicies(egress())), Target: strict, Want: check.Pass},
		"by the CNI in strict mode":       {Edit: all(byCNI, withPolicies(egress())), Target: strict, Want: check.Fail},
		"by Cilium":                       {Edit: all(daemonSet("cilium"), withPolicies(egress())), Want: check.Fail, Says: "Cilium enforces it"},
		"by the add-on": {Edit: all(withPolicies(egress()), func(s *world.Snapshot) {
			s.Cloud.Addon.ConfigurationValues = `{"enableNetworkPolicy":"true"}`
		}), Want: check.Fail},
		"enforced by nothing": {Edit: withPolicies(egress()), Want: check.Pass, Says: "nothing was found that enforces them"},
		"perhaps enforced": {Edit: all(withPolicies(egress()), func(s *world.Snapshot) {
			s.Kube.Partial = map[world.Fact]string{world.FactWorkloads: "may not list DaemonSets"}
		}), Want: check.Warn, Says: "may not list DaemonSets"},
		"a namespace by labels that are not known": {Edit: all(byCNI, withPolicies(egress(db, world.NetworkRule{
			Peers: []world.NetworkPeer{{Namespaces: &world.Selector{MatchLabels: map[string]string{"name": "kube-system"}}}},
		}))), Want: check.Warn, Says: "whose labels were not read"},
	})
}
