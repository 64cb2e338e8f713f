package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestPodsThatGetCredentialsFromTheirNodeAreNamedInStrictMode(t *testing.T) {
	t.Parallel()
	agent := func(s *world.Snapshot) { s.Kube.Pods[0].CredentialAgent = true }
	testBroken(t, "D25", map[string]broken{
		"a selected pod":                {agent, check.Fail, "api-1"},
		"a pod that no policy selects":  {func(s *world.Snapshot) { agent(s); s.Kube.Pods[0].Labels = nil }, check.Pass, "no selected pod"},
		"a pod that has ended":          {func(s *world.Snapshot) { agent(s); s.Kube.Pods[0].Phase = "Succeeded" }, check.Pass, "no selected pod"},
		"a selected pod on Fargate":     {func(s *world.Snapshot) { agent(s); s.Kube.Pods[0].Fargate = true }, check.Pass, "no selected pod"},
		"in standard mode":              {func(s *world.Snapshot) { agent(s); s.Kube.CNI.Env[world.EnvEnforcingMode] = world.ModeStandard }, "", ""},
		"pods that could not be listed": {func(s *world.Snapshot) { s.AddGap(world.FactPods, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
	})
}

func TestServicesThatSendToPodsOfTheirNodeAreNamedInStrictMode(t *testing.T) {
	t.Parallel()
	service := func(kind, policy string, labels map[string]string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.Services = []world.Service{{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "web"}, Type: kind, ExternalTrafficPolicy: policy, PodLabels: labels}}
		}
	}
	selected := map[string]string{"db": "yes"}
	testBroken(t, "D26", map[string]broken{
		"a load balancer":                          {service("LoadBalancer", "Local", selected), check.Warn, "web (LoadBalancer) selects 1 pod"},
		"node ports":                               {service("NodePort", "Local", selected), check.Warn, "web (NodePort)"},
		"one that sends to every node":             {service("NodePort", "Cluster", selected), check.Pass, ""},
		"one inside the cluster":                   {service("ClusterIP", "", selected), check.Pass, ""},
		"one of other pods":                        {service("NodePort", "Local", map[string]string{"db": "no"}), check.Pass, ""},
		"one without a selector":                   {service("NodePort", "Local", nil), check.Pass, ""},
		"services that could not be listed":        {func(s *world.Snapshot) { s.AddGap(world.FactTraffic, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
		"a load balancer and a pod without a node": {func(s *world.Snapshot) { service("LoadBalancer", "Local", selected)(s); s.Kube.Pods[0].Node = "" }, check.Warn, "web"},
	})
}

func TestStrictModeDoesNotGoWithIPVS(t *testing.T) {
	t.Parallel()
	proxy := func(mode string) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Kube.Settings.ProxyMode = mode }
	}
	testBroken(t, "D27", map[string]broken{
		"ipvs":     {proxy("ipvs"), check.Fail, "ipvs"},
		"iptables": {proxy("iptables"), check.Pass, "iptables"},
		"not said": {proxy(""), check.Pass, "means iptables"},
		"not read": {func(s *world.Snapshot) { s.AddGap(world.FactSettings, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
		"ipvs in standard mode": {func(s *world.Snapshot) {
			proxy("ipvs")(s)
			s.Kube.CNI.Env[world.EnvEnforcingMode] = world.ModeStandard
		}, "", ""},
	})
	s := nodeSnapshot()
	proxy("ipvs")(s)
	if fix := diagnosed(t, s, intent.Intent{})["D27"].Fix; !strings.Contains(fix.Command, `"POD_SECURITY_GROUP_ENFORCING_MODE":"standard"`) {
		t.Errorf("the mode is changed by %q", fix.Command)
	}
}

func TestNetworkPoliciesOnBranchENIsNeedAnEngineThatSeesThem(t *testing.T) {
	t.Parallel()
	policy := func(labels map[string]string, version, values string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.NetworkPolicies = []world.NetworkPolicy{{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "deny"}, PodSelector: &world.Selector{MatchLabels: labels}}}
			s.Kube.CNI.Version, s.Cloud.Addon.ConfigurationValues = version, values
		}
	}
	selected := map[string]string{"db": "yes"}
	testBroken(t, "D31", map[string]broken{
		"another engine":                   {policy(selected, "v1.23.1", ""), check.Warn, "deny selects 1 pod"},
		"another engine and every pod":     {policy(nil, "v1.23.1", ""), check.Warn, "Calico"},
		"the VPC CNI's own":                {policy(selected, "v1.23.1", `{"enableNetworkPolicy":"true"}`), check.Pass, "enforces them"},
		"the VPC CNI's own, set as a fact": {policy(selected, "v1.19.3", `{"enableNetworkPolicy":true}`), check.Pass, "enforces them"},
		"an older one of the VPC CNI":      {policy(selected, "v1.19.2", `{"enableNetworkPolicy":"true"}`), check.Warn, "older than v1.19.3"},
		"the VPC CNI's own, turned off":    {policy(selected, "v1.23.1", `{"enableNetworkPolicy":"false"}`), check.Warn, "Calico"},
		"policies of other pods":           {policy(map[string]string{"db": "no"}, "v1.23.1", ""), check.Pass, "none selects"},
		"policies that could not be read":  {func(s *world.Snapshot) { s.AddGap(world.FactTraffic, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
		"an add-on that could not be read": {func(s *world.Snapshot) {
			policy(selected, "v1.23.1", "")(s)
			s.AddGap(world.FactAddon, follow.ErrNoSuchPod)
		}, check.Skip, "not observed"},
	})
}
