package cni

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// env sets a variable of the VPC CNI; empty: takes it away.
func env(name, value string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		if value == "" {
			delete(s.Kube.CNI.Env, name)
			return
		}
		s.Kube.CNI.Env[name] = value
	}
}

func strict(t *intent.Target) { t.Mode = world.ModeStrict }

func standard(t *intent.Target) { t.Mode = world.ModeStandard }

func notInstalled(s *world.Snapshot) { s.Kube.CNI = nil }

func noAddon(s *world.Snapshot) { s.Cloud.Addon = nil }

func values(text string) func(*world.Snapshot) {
	return func(s *world.Snapshot) { s.Cloud.Addon.ConfigurationValues = text }
}

func TestTheVPCCNIUsesBranchENIs(t *testing.T) {
	checktest.Table(t, Checks, "D15", map[string]checktest.Case{
		"it does":             {Want: check.Pass},
		"it is off":           {Edit: env(world.EnvPodENI, "false"), Want: check.Fail, Says: "ENABLE_POD_ENI is false"},
		"it is not set":       {Edit: env(world.EnvPodENI, ""), Want: check.Fail, Says: "is not set"},
		"it is not installed": {Edit: notInstalled},
	})
}

func TestEveryAWSNodePodIsNewAndReady(t *testing.T) {
	checktest.Table(t, Checks, "D16", map[string]checktest.Case{
		"they are": {Want: check.Pass},
		"one is old": {Edit: func(s *world.Snapshot) {
			s.Kube.CNI.Rollout = world.Rollout{Desired: 2, Updated: 1, Ready: 2}
		}, Want: check.Fail, Says: "1 of 2 pods are new, 2 are ready"},
	})
}

func TestTheVPCCNIMayAskForTrunkENIs(t *testing.T) {
	mayNot := func(s *world.Snapshot) { s.Kube.Settings.CNIPatchesNodes = false }
	checktest.Table(t, Checks, "D21", map[string]checktest.Case{
		"it may":                             {Want: check.Pass},
		"it may not, and nodes asked before": {Edit: mayNot, Want: check.Warn, Says: "the 1 node of now"},
		"it may not, and no node has asked":  {Edit: func(s *world.Snapshot) { mayNot(s); s.Kube.Nodes[0].Features = nil }, Want: check.Fail, Says: "kubectl patch clusterrole"},
		"its role has another name":          {Edit: func(s *world.Snapshot) { mayNot(s); s.Kube.Settings.CNIRole = false }, Want: check.Skip},
		"a version that asks by a label":     {Edit: func(s *world.Snapshot) { mayNot(s); s.Kube.CNI.Version = "v1.14.1" }},
	})
}

func TestTheAddonIsHealthy(t *testing.T) {
	checktest.Table(t, Checks, "D19", map[string]checktest.Case{
		"it is":     {Want: check.Pass},
		"degraded":  {Edit: func(s *world.Snapshot) { s.Cloud.Addon.Status = "DEGRADED" }, Want: check.Fail, Says: "its status is DEGRADED"},
		"no add-on": {Edit: noAddon, Want: check.Skip},
	})
}

func TestTheAddonsConfigurationIsValid(t *testing.T) {
	checktest.Table(t, Checks, "D18", map[string]checktest.Case{
		"it has none":        {Want: check.Pass},
		"texts":              {Edit: values(`{"env":{"ENABLE_POD_ENI":"true"}}`), Want: check.Pass},
		"a boolean":          {Edit: values(`{"env":{"ENABLE_POD_ENI":true}}`), Want: check.Warn, Says: "quotation marks"},
		"nobody can read it": {Edit: values(`{"env":["x"]}`), Want: check.Fail, Says: "it cannot be read"},
		"EKS refuses it": {Edit: func(s *world.Snapshot) {
			s.Cloud.Addon.Issues = []string{"ConfigurationConflict: env.X is " + notInSchema}
		}, Want: check.Fail, Says: "does not know a value"},
		"no add-on": {Edit: noAddon},
	})
}

func TestTheSettingSurvivesUpdates(t *testing.T) {
	checktest.Table(t, Checks, "D17", map[string]checktest.Case{
		"the add-on knows it": {Edit: values(`{"env":{"ENABLE_POD_ENI":"true"}}`), Want: check.Pass},
		"it was set by hand":  {Edit: values(""), Want: check.Fail, Says: "the next update of the add-on takes it away"},
		"it is not set":       {Edit: env(world.EnvPodENI, ""), Want: check.Skip},
		"no add-on":           {Edit: noAddon, Want: check.Skip},
	})
}

func TestTheEnforcingModeIsValid(t *testing.T) {
	checktest.Table(t, Checks, "D20", map[string]checktest.Case{
		"standard": {Want: check.Pass, Says: "standard"},
		"not set":  {Edit: env(world.EnvEnforcingMode, ""), Want: check.Pass, Says: "which means strict"},
		"a typo":   {Edit: env(world.EnvEnforcingMode, "Strict"), Want: check.Fail, Says: `is "Strict"`},
	})
}

func TestNodeLocalDNSWorksWithTheMode(t *testing.T) {
	cache := func(s *world.Snapshot) { s.Kube.DNS.NodeLocal = true }
	checktest.Table(t, Checks, "D24", map[string]checktest.Case{
		"not installed": {Want: check.Pass},
		"standard mode": {Edit: cache, Target: standard, Want: check.Pass},
		"strict mode":   {Edit: cache, Target: strict, Want: check.Fail, Says: "cannot reach NodeLocal DNSCache"},
	})
}

func TestPodIdentityWorksWithTheMode(t *testing.T) {
	agent := func(s *world.Snapshot) { s.Kube.Pods[0].CredentialAgent = true }
	checktest.Table(t, Checks, "D25", map[string]checktest.Case{
		"standard mode":         {Edit: agent, Target: standard},
		"strict mode, unused":   {Target: strict, Want: check.Pass},
		"strict mode, and used": {Edit: agent, Target: strict, Want: check.Fail, Says: "1 selected pod cannot reach"},
	})
}

func TestLocalServicesWorkWithTheMode(t *testing.T) {
	local := func(s *world.Snapshot) {
		s.Kube.Services = []world.Service{{
			ObjectFacts: world.ObjectFacts{Name: "green", Namespace: intent.DefaultNamespace}, Type: "NodePort", ExternalTrafficPolicy: "Local",
			PodLabels: map[string]string{"app": intent.GreenLabel},
		}}
	}
	checktest.Table(t, Checks, "D26", map[string]checktest.Case{
		"standard mode":         {Edit: local, Target: standard},
		"strict mode, none":     {Target: strict, Want: check.Pass},
		"strict mode, one does": {Edit: local, Target: strict, Want: check.Warn, Says: "1 service with externalTrafficPolicy Local selects pods"},
	})
}

func TestKubeProxyWorksWithTheMode(t *testing.T) {
	ipvs := func(s *world.Snapshot) { s.Kube.Settings.ProxyMode = "ipvs" }
	checktest.Table(t, Checks, "D27", map[string]checktest.Case{
		"standard mode":         {Edit: ipvs, Target: standard},
		"strict mode, iptables": {Target: strict, Want: check.Pass},
		"strict mode, ipvs":     {Edit: ipvs, Target: strict, Want: check.Fail, Says: "ipvs mode"},
	})
}

func TestNetworkPoliciesWorkWithTheMode(t *testing.T) {
	policy := func(s *world.Snapshot) {
		s.Kube.NetworkPolicies = []world.NetworkPolicy{{
			ObjectFacts: world.ObjectFacts{Name: "deny", Namespace: intent.DefaultNamespace}, PodSelector: &world.Selector{MatchLabels: map[string]string{"app": intent.GreenLabel}},
		}}
	}
	byCNI := func(s *world.Snapshot) { policy(s); values(`{"enableNetworkPolicy":"true"}`)(s) }
	checktest.Table(t, Checks, "D31", map[string]checktest.Case{
		"standard mode":               {Edit: policy, Target: standard},
		"strict mode, none":           {Target: strict, Want: check.Pass},
		"strict mode, another engine": {Edit: policy, Target: strict, Want: check.Warn, Says: "engines other than the VPC CNI's own"},
		"strict mode, the VPC CNI's":  {Edit: byCNI, Target: strict, Want: check.Pass, Says: "1 policy of the namespace"},
		"strict mode, an old one":     {Edit: func(s *world.Snapshot) { byCNI(s); s.Kube.CNI.Version = "v1.19.2" }, Target: strict, Want: check.Warn, Says: "older than v1.19.3"},
	})
}

func TestStrictModeLeavesAWayToTheInternet(t *testing.T) {
	public := func(s *world.Snapshot) { s.Cloud.Subnets[0].Public = true }
	checktest.Table(t, Checks, "D28", map[string]checktest.Case{
		"standard mode":        {Edit: public, Target: standard},
		"strict mode, private": {Target: strict, Want: check.Pass},
		"strict mode, public":  {Edit: public, Target: strict, Want: check.Warn, Says: "selected pods on 1 of 1 node"},
	})
}

func TestPodsOwnGroupsCountOnTheWayToTheDatabase(t *testing.T) {
	elsewhere := func(s *world.Snapshot) { s.Cloud.Databases[0].VPCID = "vpc-2" }
	checktest.Table(t, Checks, "D29", map[string]checktest.Case{
		"the same VPC": {Target: standard},
		"IPv6 pods, IPv4 database": {Edit: func(s *world.Snapshot) {
			s.Cloud.Cluster.IPFamily = "ipv6"
			s.Cloud.Interfaces = append(s.Cloud.Interfaces, world.Interface{ID: "eni-db", Description: "RDSNetworkInterface", PrivateIP: "10.0.1.7", Groups: []string{"sg-db"}})
		}, Target: standard, Want: check.Warn, Says: "there the node's groups count"},
		"another VPC":              {Edit: elsewhere, Target: standard, Want: check.Fail, Says: "the node's address and security groups"},
		"another VPC, strict mode": {Edit: elsewhere, Target: strict},
		"without translation":      {Edit: func(s *world.Snapshot) { elsewhere(s); env(EnvExternalSNAT, "true")(s) }, Target: standard, Want: check.Pass},
		"with ranges left out":     {Edit: func(s *world.Snapshot) { elsewhere(s); env(EnvExcludeSNAT, "10.1.0.0/16")(s) }, Target: standard, Want: check.Warn, Says: "10.1.0.0/16"},
	})
}

func TestReleasedBranchENIsCoolDownLongEnough(t *testing.T) {
	period := func(text string) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Kube.Settings.CoolDown = text }
	}
	checktest.Table(t, Checks, "D69", map[string]checktest.Case{
		"nothing is configured": {},
		"a minute":              {Edit: period("60"), Want: check.Pass},
		"no number":             {Edit: period("60s"), Want: check.Warn, Says: "no whole number"},
		"below the least":       {Edit: period("10"), Want: check.Warn, Says: "takes no less than 30"},
		"shorter than usual":    {Edit: period("30"), Want: check.Warn, Says: "gc_stale_time=30"},
	})
}
