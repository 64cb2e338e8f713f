package steps

import (
	"strings"
	"testing"
)

func TestDNSIsNotCalledOpenWhereThereIsNothingToEvaluate(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		breakIt func(s *Snapshot)
		want    Status
		says    string
	}{
		"CoreDNS is scaled to zero":         {func(s *Snapshot) { s.Kube.DNS.PodIPs = nil }, Fail, "no CoreDNS pod is ready"},
		"EKS Auto Mode has no CoreDNS pods": {func(s *Snapshot) { s.Kube.DNS.PodIPs, s.Cloud.Cluster.AutoMode = nil, true }, Skip, "Auto Mode"},
		"an address is on no interface":     {func(s *Snapshot) { s.Kube.DNS.PodIPs = []string{"10.0.0.11", "10.9.9.9"} }, Skip, "10.9.9.9"},
		"one is on no interface and another is closed": {func(s *Snapshot) {
			s.Kube.DNS.PodIPs = []string{"10.0.0.11", "10.9.9.9"}
			s.Cloud.SecurityGroups[0].Rules = nil
		}, Fail, "not open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			x.breakIt(s)
			if f := diagnosed(t, s, Intent{})["D76"]; f.Status != x.want || !strings.Contains(f.Reason, x.says) {
				t.Errorf("%s: %s, want %s … %s", f.Status, f.Reason, x.want, x.says)
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
	s.Cloud.SecurityGroups[1].Rules = []Rule{allOut()}
	target, _, err := Resolve(s, Intent{Cluster: "workshop"})
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{}
	if planDNS(s, &target, p); !p.Empty() {
		t.Errorf("planned %+v", p.Changes)
	}
}
