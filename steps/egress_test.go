package steps

import (
	"strings"
	"testing"
)

func TestBranchENIsInPublicSubnetsAreNamedInStrictMode(t *testing.T) {
	t.Parallel()
	public := func(at int) func(*Snapshot) {
		return func(s *Snapshot) { s.Cloud.Subnets[at].Public = true }
	}
	custom := func(at int) func(*Snapshot) {
		return func(s *Snapshot) {
			public(at)(s)
			customNetworked(s)
		}
	}
	testBroken(t, "D28", map[string]broken{
		"the node's subnet":                              {public(0), Warn, "1 of 1 node have"},
		"a subnet without nodes":                         {public(2), Pass, ""},
		"the pods' subnet with custom networking":        {custom(1), Warn, "subnet-pods is a public subnet"},
		"only the node's subnet, with custom networking": {custom(0), Pass, ""},
		"with IPv6":        {func(s *Snapshot) { public(0)(s); s.Cloud.Cluster.IPFamily = "ipv6" }, "", ""},
		"in standard mode": {func(s *Snapshot) { public(0)(s); s.Kube.CNI.Env[envEnforcingMode] = ModeStandard }, "", ""},
		"a node of a type without trunk support": {func(s *Snapshot) {
			public(0)(s)
			s.Kube.Nodes[0].InstanceType, s.Kube.Nodes[0].PodENIs = "t3.medium", 0
		}, Pass, ""},
		"subnets that could not be read": {func(s *Snapshot) { s.AddGap(FactNetwork, errNoSuchPod) }, Skip, "not observed"},
	})
}

func TestPodsReachADatabaseElsewhereWithTheirNodesAddressInStandardMode(t *testing.T) {
	t.Parallel()
	elsewhere := func(mode string, env ...string) *Snapshot {
		s := nodeSnapshot()
		s.Cloud.Databases[0].VPCID = "vpc-2"
		s.Kube.CNI.Env[envEnforcingMode] = mode
		for i := 0; i < len(env); i += 2 {
			s.Kube.CNI.Env[env[i]] = env[i+1]
		}
		return s
	}
	near := elsewhere(ModeStandard)
	near.Cloud.Databases[0].VPCID = "vpc-1"
	ipv6 := elsewhere(ModeStandard)
	ipv6.Cloud.Cluster.IPFamily = "ipv6"
	for name, c := range map[string]struct {
		s    *Snapshot
		want Status
	}{
		"addresses are translated":        {elsewhere(ModeStandard), Fail},
		"and that is said":                {elsewhere(ModeStandard, envExternalSNAT, "false"), Fail},
		"they are not translated":         {elsewhere(ModeStandard, envExternalSNAT, "true"), Pass},
		"some ranges are not translated":  {elsewhere(ModeStandard, envExcludeSNAT, "10.9.0.0/16"), Warn},
		"strict mode translates none":     {elsewhere(ModeStrict), ""},
		"the database is in the same VPC": {near, ""},
		"a cluster with IPv6 has no SNAT": {ipv6, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := Intent{}
			in.Database.Existing = &ExistingDatabase{Identifier: "orders"}
			if f := diagnosed(t, c.s, in)["D29"]; f.Status != c.want || c.want == Fail && f.Fix == nil {
				t.Errorf("%q, want %q: %s", f.Status, c.want, f.Reason)
			}
		})
	}
}

func TestTheTranslationIsTurnedOffWhereTheCNIIsConfigured(t *testing.T) {
	t.Parallel()
	in := Intent{}
	in.Database.Existing = &ExistingDatabase{Identifier: "orders"}
	for want, edit := range map[string]func(*Snapshot){
		`{"env":{"AWS_VPC_K8S_CNI_EXTERNALSNAT":"true","ENABLE_POD_ENI":"true"}}`: func(*Snapshot) {},
		"kubectl -n kube-system set env":                                          func(s *Snapshot) { s.Cloud.Addon = nil },
	} {
		s := nodeSnapshot()
		s.Cloud.Databases[0].VPCID = "vpc-2"
		s.Kube.CNI.Env[envEnforcingMode] = ModeStandard
		edit(s)
		if f := diagnosed(t, s, in)["D29"]; f.Fix == nil || !strings.Contains(f.Fix.Command, want) {
			t.Errorf("%+v lacks %s", f.Fix, want)
		}
	}
}
