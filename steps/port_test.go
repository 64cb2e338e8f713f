package steps

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// diagnosed are the findings of a diagnosis of the shop, by check.
func diagnosed(t *testing.T, s *world.Snapshot, in intent.Intent) map[string]check.Finding {
	t.Helper()
	in.Cluster, in.Namespace = "shop", "shop"
	target, err := intent.ResolveForDiagnosis(s, in)
	if err != nil {
		t.Fatal(err)
	}
	return byID(Check(s, &target))
}

func byID(list []check.Finding) map[string]check.Finding {
	out := map[string]check.Finding{}
	for _, f := range list {
		out[f.ID] = f
	}
	return out
}

func TestEveryGroupOfAPolicyCounts(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Kube.Policies[0].GroupIDs = []string{"sg-nodes", "sg-pods"} // the cluster's own group first, as AWS advises for Fargate
	s.Cloud.Interfaces[1].Groups = []string{"sg-nodes", "sg-pods"}
	found := diagnosed(t, s, intent.Intent{})
	for _, id := range []string{"P04", "D45", "D76", "D77", "D78", "D80", "D82", "D83"} {
		if f := found[id]; f.Status != check.Pass {
			t.Errorf("%s %s: %s %v", id, f.Status, f.Reason.String(), f.Evidence)
		}
	}
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil || target.PodGroup.ID != "sg-pods" {
		t.Errorf("the pods' own group is %s, want that of no node: %v", target.PodGroup, err)
	}
	if rungs, err := follow.CheckPod(s, &target, "api-1"); err != nil || slices.ContainsFunc(rungs, func(f check.Finding) bool { return f.Status == check.Fail }) {
		t.Errorf("the pod: %v %+v", err, rungs)
	}
}

func TestAnotherPolicysGroupsCountForThePodsThatItSelectsToo(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: "sg-more", Name: "more", VPCID: "vpc-1"})
	s.Kube.Policies[0].GroupIDs = []string{"sg-more"}
	second := s.Kube.Policies[0]
	second.Name, second.GroupIDs = "everything", []string{"sg-pods"}
	s.Kube.Policies = append(s.Kube.Policies, second)
	if f := diagnosed(t, s, intent.Intent{Policy: intent.PolicyIntent{Name: "db-clients"}})["D77"]; f.Status != check.Pass {
		t.Errorf("%s: %s", f.Status, f.Reason.String())
	}
}

func TestAPolicyWithoutTheGroupThatWasAskedForIsNotAsWanted(t *testing.T) {
	t.Parallel()
	f := diagnosed(t, shopSnapshot(), intent.Intent{PodSecurityGroup: intent.GroupIntent{Name: "RDS_SG"}})["P04"]
	if f.Status != check.Fail {
		t.Errorf("%s: %s", f.Status, f.Reason.String())
	}
}

func TestRulesForRangesAreJudgedByTheRangesThatPodsGetTheirAddressesFrom(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		cidr, prefixList string
		entries          []string
		want             check.Status
	}{
		"the VPC's range holds every pod":           {cidr: "10.0.0.0/16", want: check.Pass},
		"the nodes' subnet holds every pod":         {cidr: "10.0.0.0/24", want: check.Pass},
		"half a subnet may hold the next pod":       {cidr: "10.0.0.0/25", want: check.Warn},
		"another network holds none":                {cidr: "172.16.0.0/12", want: check.Fail},
		"an unread prefix list may hold the pods":   {prefixList: "pl-1", want: check.Warn},
		"a prefix list that has the VPC holds them": {prefixList: "pl-1", entries: []string{"10.0.0.0/16"}, want: check.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Cloud.VPC.CIDRs = []string{"10.0.0.0/16"}
			s.Cloud.Subnets = []world.Subnet{{ID: "subnet-a", CIDR: "10.0.0.0/24"}}
			s.Cloud.Instances[0].SubnetID = "subnet-a"
			for _, g := range []int{0, 2} {
				for i := range s.Cloud.SecurityGroups[g].Rules {
					if r := &s.Cloud.SecurityGroups[g].Rules[i]; r.PeerGroup != "" {
						r.PeerGroup, r.CIDR, r.PrefixList, r.PrefixCIDRs = "", x.cidr, x.prefixList, x.entries
					}
				}
			}
			found := diagnosed(t, s, ofOrders())
			for _, id := range []string{"D76", "D77"} {
				if f := found[id]; f.Status != x.want {
					t.Errorf("%s %s, want %s: %s %v", id, f.Status, x.want, f.Reason.String(), f.Evidence)
				}
			}
		})
	}
}

func TestWithCustomNetworkingPodsMayHaveAnyAddressOfTheVPC(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Cloud.VPC.CIDRs = []string{"10.0.0.0/16", "100.64.0.0/16"}
	s.Cloud.Subnets = []world.Subnet{{ID: "subnet-a", CIDR: "10.0.0.0/24"}}
	s.Cloud.Instances[0].SubnetID = "subnet-a"
	s.Kube.CNI = &world.CNI{Env: map[string]string{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}}
	s.Cloud.SecurityGroups[2].Rules[1].PeerGroup, s.Cloud.SecurityGroups[2].Rules[1].CIDR = "", "10.0.0.0/16"
	if f := diagnosed(t, s, ofOrders())["D77"]; f.Status != check.Warn {
		t.Errorf("%s: %s", f.Status, f.Reason.String())
	}
}

func TestNoNodeInterfaceIsForgottenWhenItIsAskedWhoElseGetsIn(t *testing.T) {
	t.Parallel()
	rule := func(edit func(*world.Rule)) func(s *world.Snapshot) {
		return func(s *world.Snapshot) {
			g := &s.Cloud.SecurityGroups[2]
			g.Rules = append(g.Rules, ingress("sgr-extra", "tcp", 5432, 5432, edit))
		}
	}
	secondary := world.Interface{ID: "eni-2", InstanceID: "i-1", PrivateIP: "100.64.0.5", IPs: []string{"100.64.0.5", "100.64.0.6"}, Prefixes: []string{"100.64.1.16/28"}, Groups: []string{"sg-nodes", "sg-custom"}}
	for name, x := range map[string]struct {
		breakIt func(s *world.Snapshot)
		want    check.Status
	}{
		"only the pods' rule is there":                  {func(*world.Snapshot) {}, check.Pass},
		"a rule for the secondary interface's group":    {rule(fromGroup("sg-custom")), check.Fail},
		"a rule for a secondary address":                {rule(fromCIDR("100.64.0.6/32")), check.Fail},
		"a rule for part of a delegated prefix":         {rule(fromCIDR("100.64.1.20/30")), check.Fail},
		"a rule for addresses that no node has":         {rule(fromCIDR("203.0.113.0/24")), check.Pass},
		"a rule for the trunk's own group":              {rule(fromGroup("sg-trunk")), check.Pass},
		"a prefix list that could not be read":          {rule(fromPrefixList("pl-1")), check.Warn},
		"a group of the database that was not observed": {func(s *world.Snapshot) { s.Cloud.Databases[0].Groups = []string{"sg-db", "sg-gone"} }, check.Warn},
		"interfaces that could not be observed":         {func(s *world.Snapshot) { s.AddGap(world.FactInterfaces, follow.ErrNoSuchPod) }, check.Skip},
		"no node was observed":                          {func(s *world.Snapshot) { s.Cloud.Instances = nil }, check.Skip},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Cloud.Interfaces = append(s.Cloud.Interfaces, secondary, world.Interface{ID: "eni-t", InstanceID: "i-1", Type: world.InterfaceTrunk, PrivateIP: "10.0.0.99", Groups: []string{"sg-trunk"}})
			x.breakIt(s)
			f := diagnosed(t, s, intent.Intent{})["D80"]
			if f.Status != x.want || (f.Status == check.Fail || f.Status == check.Warn) != (f.Fix != nil) {
				t.Errorf("%s, want %s: %s %v %+v", f.Status, x.want, f.Reason.String(), f.Evidence, f.Fix)
			}
		})
	}
}

func TestADatabaseIsJudgedByAllGroupsThatItCarries(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: "sg-other", Name: "other", VPCID: "vpc-1"})
	s.Cloud.Databases[0].Groups = []string{"sg-other", "sg-db"}
	found := diagnosed(t, s, intent.Intent{})
	for _, id := range []string{"D77", "D78", "D80"} {
		if f := found[id]; f.Status != check.Pass {
			t.Errorf("%s %s: %s", id, f.Status, f.Reason.String())
		}
	}
	s.Cloud.SecurityGroups[2].Rules = nil
	if f := diagnosed(t, s, ofOrders())["D77"]; f.Status != check.Fail || strings.Contains(f.Reason.String(), "exist") || !strings.Contains(f.Reason.String(), "sg-db") {
		t.Errorf("D77 %s: %s", f.Status, f.Reason.String())
	}
}

func TestOfSeveralDatabaseInterfacesTheRightOnesAddressCounts(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Cloud.Databases[0].SubnetIDs = []string{"subnet-db"}
	rds := func(id, ip, subnet string, groups ...string) world.Interface {
		return world.Interface{ID: id, Description: "RDSNetworkInterface", PrivateIP: ip, SubnetID: subnet, Groups: groups}
	}
	s.Cloud.Interfaces = append(s.Cloud.Interfaces,
		rds("eni-1", "10.0.9.1", "subnet-db", "sg-db", "sg-other"), rds("eni-2", "10.0.8.2", "subnet-elsewhere", "sg-db"), rds("eni-3", "10.0.9.3", "subnet-db", "sg-db"))
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if e := target.DBEndpoint(s); e.IP != "10.0.9.3" {
		t.Errorf("%+v", e)
	}
	s.Cloud.Interfaces = append(s.Cloud.Interfaces, rds("eni-4", "10.0.9.4", "subnet-db", "sg-db"))
	if e := target.DBEndpoint(s); e.IP != "" || !slices.Equal(e.Ranges, []string{"10.0.9.3", "10.0.9.4"}) {
		t.Errorf("%+v", e)
	}
}

func TestADatabaseThatAdmitsARangeGetsTheRuleForThePodsAsWell(t *testing.T) {
	t.Parallel()
	s := setUpWorld()
	group := &s.Cloud.SecurityGroups[2]
	group.Rules = []world.Rule{ingress("wide", "tcp", intent.DefaultDBPort, intent.DefaultDBPort, fromCIDR("0.0.0.0/0"))}
	target, _, err := intent.Resolve(s, intent.Intent{Cluster: "workshop"})
	if err != nil {
		t.Fatal(err)
	}
	planned := func() bool {
		p := &plan.Plan{}
		network.StepPort.Plan(s, &target, p)
		return p.Has(plan.ChangeDBRule)
	}
	if !planned() {
		t.Error("removing the wide rule, as D80 advises, would cut the selected pods off")
	}
	group.Rules = append(group.Rules, ingress("own", "tcp", intent.DefaultDBPort, intent.DefaultDBPort, fromGroup("sg-pods")))
	if planned() {
		t.Error("the rule is there")
	}
}
