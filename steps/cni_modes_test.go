package steps

import (
	"strings"
	"testing"
)

func TestPodsThatGetCredentialsFromTheirNodeAreNamedInStrictMode(t *testing.T) {
	t.Parallel()
	agent := func(s *Snapshot) { s.Kube.Pods[0].CredentialAgent = true }
	testBroken(t, "D25", map[string]broken{
		"a selected pod":                {agent, Fail, "api-1"},
		"a pod that no policy selects":  {func(s *Snapshot) { agent(s); s.Kube.Pods[0].Labels = nil }, Pass, "no selected pod"},
		"a pod that has ended":          {func(s *Snapshot) { agent(s); s.Kube.Pods[0].Phase = "Succeeded" }, Pass, "no selected pod"},
		"a selected pod on Fargate":     {func(s *Snapshot) { agent(s); s.Kube.Pods[0].Fargate = true }, Pass, "no selected pod"},
		"in standard mode":              {func(s *Snapshot) { agent(s); s.Kube.CNI.Env[envEnforcingMode] = ModeStandard }, "", ""},
		"pods that could not be listed": {func(s *Snapshot) { s.AddGap(FactPods, errNoSuchPod) }, Skip, "not observed"},
	})
}

func TestServicesThatSendToPodsOfTheirNodeAreNamedInStrictMode(t *testing.T) {
	t.Parallel()
	service := func(kind, policy string, labels map[string]string) func(*Snapshot) {
		return func(s *Snapshot) {
			s.Kube.Services = []Service{{ObjectFacts: ObjectFacts{Namespace: "shop", Name: "web"}, Type: kind, ExternalTrafficPolicy: policy, PodLabels: labels}}
		}
	}
	selected := map[string]string{"db": "yes"}
	testBroken(t, "D26", map[string]broken{
		"a load balancer":                          {service("LoadBalancer", "Local", selected), Warn, "web (LoadBalancer) selects 1 pod"},
		"node ports":                               {service("NodePort", "Local", selected), Warn, "web (NodePort)"},
		"one that sends to every node":             {service("NodePort", "Cluster", selected), Pass, ""},
		"one inside the cluster":                   {service("ClusterIP", "", selected), Pass, ""},
		"one of other pods":                        {service("NodePort", "Local", map[string]string{"db": "no"}), Pass, ""},
		"one without a selector":                   {service("NodePort", "Local", nil), Pass, ""},
		"services that could not be listed":        {func(s *Snapshot) { s.AddGap(FactTraffic, errNoSuchPod) }, Skip, "not observed"},
		"a load balancer and a pod without a node": {func(s *Snapshot) { service("LoadBalancer", "Local", selected)(s); s.Kube.Pods[0].Node = "" }, Warn, "web"},
	})
}

func TestStrictModeDoesNotGoWithIPVS(t *testing.T) {
	t.Parallel()
	proxy := func(mode string) func(*Snapshot) {
		return func(s *Snapshot) { s.Kube.Settings.ProxyMode = mode }
	}
	testBroken(t, "D27", map[string]broken{
		"ipvs":     {proxy("ipvs"), Fail, "ipvs"},
		"iptables": {proxy("iptables"), Pass, "iptables"},
		"not said": {proxy(""), Pass, "means iptables"},
		"not read": {func(s *Snapshot) { s.AddGap(FactSettings, errNoSuchPod) }, Skip, "not observed"},
		"ipvs in standard mode": {func(s *Snapshot) {
			proxy("ipvs")(s)
			s.Kube.CNI.Env[envEnforcingMode] = ModeStandard
		}, "", ""},
	})
	s := nodeSnapshot()
	proxy("ipvs")(s)
	if fix := diagnosed(t, s, Intent{})["D27"].Fix; !strings.HasSuffix(fix.Command, "--enforcing-mode standard") {
		t.Errorf("the mode is changed by %q", fix.Command)
	}
}

func TestNetworkPoliciesOnBranchENIsNeedAnEngineThatSeesThem(t *testing.T) {
	t.Parallel()
	policy := func(labels map[string]string, version, values string) func(*Snapshot) {
		return func(s *Snapshot) {
			s.Kube.NetworkPolicies = []NetworkPolicy{{ObjectFacts: ObjectFacts{Namespace: "shop", Name: "deny"}, PodSelector: &Selector{MatchLabels: labels}}}
			s.Kube.CNI.Version, s.Cloud.Addon.ConfigurationValues = version, values
		}
	}
	selected := map[string]string{"db": "yes"}
	testBroken(t, "D31", map[string]broken{
		"another engine":                   {policy(selected, "v1.23.1", ""), Warn, "deny selects 1 pod"},
		"another engine and every pod":     {policy(nil, "v1.23.1", ""), Warn, "Calico"},
		"the VPC CNI's own":                {policy(selected, "v1.23.1", `{"enableNetworkPolicy":"true"}`), Pass, "enforces them"},
		"the VPC CNI's own, set as a fact": {policy(selected, "v1.19.3", `{"enableNetworkPolicy":true}`), Pass, "enforces them"},
		"an older one of the VPC CNI":      {policy(selected, "v1.19.2", `{"enableNetworkPolicy":"true"}`), Warn, "older than v1.19.3"},
		"the VPC CNI's own, turned off":    {policy(selected, "v1.23.1", `{"enableNetworkPolicy":"false"}`), Warn, "Calico"},
		"policies of other pods":           {policy(map[string]string{"db": "no"}, "v1.23.1", ""), Pass, "none selects"},
		"policies that could not be read":  {func(s *Snapshot) { s.AddGap(FactTraffic, errNoSuchPod) }, Skip, "not observed"},
		"an add-on that could not be read": {func(s *Snapshot) {
			policy(selected, "v1.23.1", "")(s)
			s.AddGap(FactAddon, errNoSuchPod)
		}, Skip, "not observed"},
	})
}
