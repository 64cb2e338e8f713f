package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/cni"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestBranchENIsInPublicSubnetsAreNamedInStrictMode(t *testing.T) {
	t.Parallel()
	public := func(at int) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Cloud.Subnets[at].Public = true }
	}
	custom := func(at int) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			public(at)(s)
			customNetworked(s)
		}
	}
	testBroken(t, "D28", map[string]broken{
		"the node's subnet":                              {public(0), check.Warn, "1 of 1 node have"},
		"a subnet without nodes":                         {public(2), check.Pass, ""},
		"the pods' subnet with custom networking":        {custom(1), check.Warn, "subnet-pods is a public subnet"},
		"only the node's subnet, with custom networking": {custom(0), check.Pass, ""},
		"with IPv6":        {func(s *world.Snapshot) { public(0)(s); s.Cloud.Cluster.IPFamily = "ipv6" }, "", ""},
		"in standard mode": {func(s *world.Snapshot) { public(0)(s); s.Kube.CNI.Env[world.EnvEnforcingMode] = world.ModeStandard }, "", ""},
		"a node of a type without trunk support": {func(s *world.Snapshot) {
			public(0)(s)
			s.Kube.Nodes[0].InstanceType, s.Kube.Nodes[0].PodENIs = "t3.medium", 0
		}, check.Pass, ""},
		"subnets that could not be read": {func(s *world.Snapshot) { s.AddGap(world.FactNetwork, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
	})
}

func TestPodsReachADatabaseElsewhereWithTheirNodesAddressInStandardMode(t *testing.T) {
	t.Parallel()
	elsewhere := func(mode string, env ...string) *world.Snapshot {
		s := nodeSnapshot()
		s.Cloud.Databases[0].VPCID = "vpc-2"
		s.Kube.CNI.Env[world.EnvEnforcingMode] = mode
		for i := 0; i < len(env); i += 2 {
			s.Kube.CNI.Env[env[i]] = env[i+1]
		}
		return s
	}
	near := elsewhere(world.ModeStandard)
	near.Cloud.Databases[0].VPCID = "vpc-1"
	ipv6 := elsewhere(world.ModeStandard)
	ipv6.Cloud.Cluster.IPFamily = "ipv6"
	for name, c := range map[string]struct {
		s    *world.Snapshot
		want check.Status
	}{
		"addresses are translated":        {elsewhere(world.ModeStandard), check.Fail},
		"and that is said":                {elsewhere(world.ModeStandard, cni.EnvExternalSNAT, "false"), check.Fail},
		"they are not translated":         {elsewhere(world.ModeStandard, cni.EnvExternalSNAT, "true"), check.Pass},
		"some ranges are not translated":  {elsewhere(world.ModeStandard, cni.EnvExcludeSNAT, "10.9.0.0/16"), check.Warn},
		"strict mode translates none":     {elsewhere(world.ModeStrict), ""},
		"the database is in the same VPC": {near, ""},
		"a cluster with IPv6 has no SNAT": {ipv6, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := intent.Intent{}
			in.Database.Existing = &intent.ExistingDatabase{Identifier: "orders"}
			if f := diagnosed(t, c.s, in)["D29"]; f.Status != c.want || c.want == check.Fail && f.Fix == nil {
				t.Errorf("%q, want %q: %s", f.Status, c.want, f.Reason.String())
			}
		})
	}
}

func TestTheTranslationIsTurnedOffWhereTheCNIIsConfigured(t *testing.T) {
	t.Parallel()
	in := intent.Intent{}
	in.Database.Existing = &intent.ExistingDatabase{Identifier: "orders"}
	for want, edit := range map[string]func(*world.Snapshot){
		`{"env":{"ENABLE_POD_ENI":"true","AWS_VPC_K8S_CNI_EXTERNALSNAT":"true"}}`: func(*world.Snapshot) {},
		"kubectl -n kube-system set env":                                          func(s *world.Snapshot) { s.Cloud.Addon = nil },
	} {
		s := nodeSnapshot()
		s.Cloud.Databases[0].VPCID = "vpc-2"
		s.Kube.CNI.Env[world.EnvEnforcingMode] = world.ModeStandard
		edit(s)
		if f := diagnosed(t, s, in)["D29"]; f.Fix == nil || !strings.Contains(f.Fix.Command, want) {
			t.Errorf("%+v lacks %s", f.Fix, want)
		}
	}
}
