package steps

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// strictShop is the shop in strict mode, with a selected pod that is probed and a
// second node of another group.
func strictShop() *world.Snapshot {
	s := shopSnapshot()
	s.Kube.CNI = &world.CNI{Version: "v1.23.1", Env: map[string]string{world.EnvPodENI: "true", world.EnvEnforcingMode: world.ModeStrict}, InitEnv: map[string]string{world.EnvEarlyDemux: "true"}}
	s.Kube.Pods[0].ProbePorts = []int{8080}
	s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: "sg-more", Name: "more", VPCID: "vpc-1", Rules: []world.Rule{allOut()}})
	s.Cloud.Instances = append(s.Cloud.Instances, world.Instance{ID: "i-2", Type: "m5.large", PrivateDNS: "node-2", PrivateIP: "10.0.0.20", PrimaryGroups: []string{"sg-more"}})
	return s
}

func TestEveryNodeMustBeAbleToProbe(t *testing.T) {
	t.Parallel()
	probe := func(edit func(*world.Rule)) world.Rule { return ingress("sgr-probe", "tcp", 8080, 8080, edit) }
	for name, x := range map[string]struct {
		rules []world.Rule
		want  check.Status
		plans []string // peers of the rules that setup adds
	}{
		"none may":                       {nil, check.Fail, []string{"sg-more", "sg-nodes"}},
		"only the nodes of one group":    {[]world.Rule{probe(fromGroup("sg-nodes"))}, check.Fail, []string{"sg-more"}},
		"both groups":                    {[]world.Rule{probe(fromGroup("sg-nodes")), probe(fromGroup("sg-more"))}, check.Pass, nil},
		"the nodes' subnet":              {[]world.Rule{probe(fromCIDR("10.0.0.0/24"))}, check.Pass, nil},
		"a prefix list that is not read": {[]world.Rule{probe(fromPrefixList("pl-1"))}, check.Warn, []string{"sg-more", "sg-nodes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := strictShop()
			s.Cloud.SecurityGroups[1].Rules = append(s.Cloud.SecurityGroups[1].Rules, x.rules...)
			if f := diagnosed(t, s, intent.Intent{})["D23"]; f.Status != x.want {
				t.Errorf("%s: %s %v", f.Status, f.Reason.String(), f.Evidence)
			}
			target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			p := &plan.Plan{}
			network.StepProbes.Plan(s, &target, p)
			var peers []string
			for _, c := range p.Changes {
				peers = append(peers, c.Action.(network.AddRule).Peer.ID)
			}
			if slices.Sort(peers); !slices.Equal(peers, x.plans) {
				t.Errorf("setup would add rules for %v, want %v", peers, x.plans)
			}
		})
	}
}

func TestProbesOfPodsThatAreSelectedByTheirServiceAccountCount(t *testing.T) {
	t.Parallel()
	s := strictShop()
	s.Kube.Policies[0].PodSelector, s.Kube.Policies[0].ServiceAccountSelector = nil, &world.Selector{MatchLabels: map[string]string{"team": "a"}}
	s.Kube.ServiceAccounts = []world.ServiceAccount{{Name: "api", Labels: map[string]string{"team": "a"}}, {Name: "default"}}
	s.Kube.Pods[0].ServiceAccount = "api"
	other := s.Kube.Pods[0]
	other.Name, other.ServiceAccount, other.ProbePorts = "other", "default", []int{9090}
	s.Kube.Pods = append(s.Kube.Pods, other)
	f := diagnosed(t, s, intent.Intent{})["D23"]
	if f.Status != check.Fail || !strings.Contains(strings.Join(f.Evidence, " "), "port 8080") || strings.Contains(strings.Join(f.Evidence, " "), "9090") {
		t.Errorf("%s: %s %v", f.Status, f.Reason.String(), f.Evidence)
	}
}

func TestEarlyDemuxMattersOnlyToProbedPods(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		edit  func(s *world.Snapshot, in *intent.Intent)
		want  check.Status
		setup bool
	}{
		"a probed pod, and it is off":        {func(*world.Snapshot, *intent.Intent) {}, check.Pass, false},
		"a probed pod, and it is on":         {func(s *world.Snapshot, _ *intent.Intent) { s.Kube.CNI.InitEnv = nil }, check.Fail, false},
		"a probed pod of podsg's own policy": {func(s *world.Snapshot, _ *intent.Intent) { s.Kube.CNI.InitEnv = nil; s.Kube.Policies[0].Owned = true }, check.Fail, true},
		"nobody is probed":                   {func(s *world.Snapshot, _ *intent.Intent) { s.Kube.CNI.InitEnv = nil; s.Kube.Pods[0].ProbePorts = nil }, check.Pass, false},
		"a probed pod, but setup is told to leave it": {func(s *world.Snapshot, in *intent.Intent) {
			s.Kube.CNI.InitEnv = nil
			in.CNI.DisableTCPEarlyDemux = "false"
		}, check.Fail, false},
		"nobody that is selected is probed, others are": {func(s *world.Snapshot, _ *intent.Intent) { s.Kube.CNI.InitEnv = nil; s.Kube.Pods[0].Labels = nil }, check.Pass, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, in := strictShop(), intent.Intent{}
			x.edit(s, &in)
			f := diagnosed(t, s, in)["D22"]
			if f.Status != x.want || (f.Fix != nil && f.Fix.Setup) != x.setup || (f.Fix == nil) != (x.want == check.Pass) {
				t.Errorf("%s: %s %+v", f.Status, f.Reason.String(), f.Fix)
			}
		})
	}
}
