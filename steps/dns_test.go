package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestDNSIsNotCalledOpenWhereThereIsNothingToEvaluate(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		breakIt func(s *world.Snapshot)
		want    check.Status
		says    string
	}{
		"CoreDNS is scaled to zero":         {func(s *world.Snapshot) { s.Kube.DNS.PodIPs = nil }, check.Fail, "no CoreDNS pod is ready"},
		"EKS Auto Mode has no CoreDNS pods": {func(s *world.Snapshot) { s.Kube.DNS.PodIPs, s.Cloud.Cluster.AutoMode = nil, true }, check.Skip, "Auto Mode"},
		"an address is on no interface":     {func(s *world.Snapshot) { s.Kube.DNS.PodIPs = []string{"10.0.0.11", "10.9.9.9"} }, check.Skip, "10.9.9.9"},
		"one is on no interface and another is closed": {func(s *world.Snapshot) {
			s.Kube.DNS.PodIPs = []string{"10.0.0.11", "10.9.9.9"}
			s.Cloud.SecurityGroups[0].Rules = nil
		}, check.Fail, "not open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			x.breakIt(s)
			if f := diagnosed(t, s, intent.Intent{})["D76"]; f.Status != x.want || !strings.Contains(f.Reason.String(), x.says) {
				t.Errorf("%s: %s, want %s … %s", f.Status, f.Reason.String(), x.want, x.says)
			}
		})
	}
}

func TestDNSRulesForTheVPCNeedNoRulesForThePods(t *testing.T) {
	t.Parallel()
	s := setUpWorld()
	s.Cloud.VPC.CIDRs = []string{"10.0.0.0/16"}
	for _, protocol := range []string{"tcp", "udp"} {
		s.Cloud.SecurityGroups[0].Rules = append(s.Cloud.SecurityGroups[0].Rules, ingress("dns-"+protocol, protocol, 53, 53, fromCIDR("10.0.0.0/16")))
	}
	s.Cloud.SecurityGroups[1].Rules = []world.Rule{allOut()}
	target, _, err := intent.Resolve(s, intent.Intent{Cluster: "workshop"})
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{}
	if network.StepDNS.Plan(s, &target, p); !p.Empty() {
		t.Errorf("planned %+v", p.Changes)
	}
}
