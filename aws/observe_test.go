package aws

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/sandbox/cloud"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestObserveReadsTheAccount(t *testing.T) {
	w := newWorld(t, worldOptions{})
	dbGroup := w.addDatabase(t)
	list, err := w.account.AddPrefixList("offices", "203.0.113.0/24")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []cloud.Rule{
		{Protocol: "tcp", FromPort: 5432, Peer: w.group, Description: "nodes", Tags: map[string]string{"team": "orders"}},
		{Protocol: "tcp", FromPort: 5432, Peer: list},
	} {
		if _, err := w.account.AddRule(dbGroup, rule); err != nil {
			t.Fatal(err)
		}
	}
	scope := w.scope(t)
	facts, gaps := w.client.Observe(t.Context(), scope)
	if len(gaps) > 0 {
		t.Fatalf("gaps: %v", gaps)
	}
	s := world.Snapshot{Cloud: facts}

	t.Run("the VPC and which subnets are public", func(t *testing.T) {
		if facts.VPC.ID != w.network.VPC || !facts.VPC.HasIGW || !facts.VPC.DNSSupport || !facts.VPC.DNSHostnames || !slices.Equal(facts.VPC.CIDRs, []string{"192.168.0.0/16"}) {
			t.Errorf("VPC = %+v", facts.VPC)
		}
		for _, subnet := range facts.Subnets {
			if want := slices.Contains(w.network.PublicSubnets, subnet.ID); subnet.Public != want || subnet.Zone == "" || subnet.FreeIPs == 0 {
				t.Errorf("subnet = %+v, want public %v", subnet, want)
			}
		}
		if len(facts.Subnets) != 6 {
			t.Errorf("%d subnets, want 6", len(facts.Subnets))
		}
	})
	t.Run("security groups with rule ids, peers, tags and prefix entries", func(t *testing.T) {
		g, found := s.Group(dbGroup)
		if !found || g.Name != "orders-db" || g.VPCID != w.network.VPC {
			t.Fatalf("group = %+v", g)
		}
		var ingress []world.Rule
		for _, r := range g.Rules {
			if r.Direction == world.Ingress {
				ingress = append(ingress, r)
			}
		}
		if len(ingress) != 2 || len(g.Rules) != 3 {
			t.Fatalf("rules = %+v, want two in and the one out of every group", g.Rules)
		}
		byPeer := ingress[slices.IndexFunc(ingress, func(r world.Rule) bool { return r.PeerGroup == w.group })]
		if !strings.HasPrefix(byPeer.ID, "sgr-") || byPeer.Protocol != "tcp" || byPeer.FromPort != 5432 || byPeer.ToPort != 5432 || byPeer.Tags["team"] != "orders" {
			t.Errorf("rule = %+v", byPeer)
		}
		byList := ingress[slices.IndexFunc(ingress, func(r world.Rule) bool { return r.PrefixList == list })]
		if !slices.Equal(byList.PrefixCIDRs, []string{"203.0.113.0/24"}) {
			t.Errorf("rule = %+v", byList)
		}
	})
	t.Run("nodes with the groups of their primary interface, and their types", func(t *testing.T) {
		if len(facts.Instances) != 4 {
			t.Fatalf("%d instances, want 4", len(facts.Instances))
		}
		for _, i := range facts.Instances {
			want := w.group
			if i.Type == "t3.medium" {
				want = w.network.SharedGroup
			}
			if !slices.Equal(i.PrimaryGroups, []string{want}) || i.State != "running" || i.PrivateIP == "" || i.SubnetID == "" {
				t.Errorf("instance = %+v, want group %s", i, want)
			}
			if e, found := s.InterfaceByIP(i.PrivateIP); !found || e.InstanceID != i.ID || e.DeviceIndex != 0 {
				t.Errorf("the interface of %s is %+v", i.PrivateIP, e)
			}
		}
		large, small := facts.InstanceTypes["m5.large"], facts.InstanceTypes["t3.medium"]
		if !large.Trunking || large.BranchENIs != 9 || small.Trunking || strings.Contains(large.Source, "says") {
			t.Errorf("types = %+v", facts.InstanceTypes)
		}
		if len(facts.Nodegroups) != 1 || facts.Nodegroups[0].DesiredSize != 3 || facts.Nodegroups[0].AMIType == "" {
			t.Errorf("node groups = %+v, want the managed one", facts.Nodegroups)
		}
	})
	t.Run("the roles of the cluster, of managed and of other nodes", func(t *testing.T) {
		if !slices.ContainsFunc(facts.ClusterRole.AttachedPolicies, func(p string) bool { return strings.HasSuffix(p, "/AmazonEKSClusterPolicy") }) {
			t.Errorf("cluster role = %+v", facts.ClusterRole)
		}
		if len(facts.NodeRoles) != 2 {
			t.Errorf("node roles = %+v, want those of both node groups", facts.NodeRoles)
		}
	})
	t.Run("the add-on", func(t *testing.T) {
		if facts.Addon == nil || facts.Addon.Status != "ACTIVE" || facts.Addon.Version == "" {
			t.Errorf("add-on = %+v", facts.Addon)
		}
	})
	t.Run("databases, whether the wanted one demands TLS, and subnet groups with tags", func(t *testing.T) {
		d, found := s.Database("orders")
		if !found || d.Status != "available" || d.Address == "" || d.Port != 5432 || d.Public || d.VPCID != w.network.VPC ||
			!slices.Equal(d.Groups, []string{dbGroup}) || d.Tags["team"] != "orders" || d.Engine != "postgres" || len(d.SubnetIDs) != 3 {
			t.Fatalf("database = %+v", d)
		}
		if d.ForceSSL == nil || !*d.ForceSSL {
			t.Errorf("rds.force_ssl = %v, want 1 as of PostgreSQL 15", d.ForceSSL)
		}
		if i := slices.IndexFunc(facts.SubnetGroups, func(g world.DBSubnetGroup) bool { return g.Name == "orders" }); i < 0 || facts.SubnetGroups[i].Tags["team"] != "orders" {
			t.Errorf("subnet groups = %+v", facts.SubnetGroups)
		}
	})
	t.Run("what the region offers for a new database", func(t *testing.T) {
		o := facts.DBOptions
		if o.DefaultVersion == "" || o.CheckedVersion != o.DefaultVersion || !slices.Contains(o.Versions, o.DefaultVersion) || !slices.Equal(o.Classes, []string{intent.DefaultDBClass}) {
			t.Errorf("options = %+v", o)
		}
	})
	t.Run("nothing is denied", func(t *testing.T) {
		if len(facts.DeniedActions) > 0 {
			t.Errorf("denied: %v", facts.DeniedActions)
		}
	})
}

func TestASmallPageSizeChangesNothing(t *testing.T) {
	observe := func(pageSize int) world.CloudFacts {
		w := newWorld(t, worldOptions{pageSize: pageSize, nodes: 7})
		w.addDatabase(t)
		facts, gaps := w.client.Observe(t.Context(), w.scope(t))
		if len(gaps) > 0 {
			t.Fatalf("gaps: %v", gaps)
		}
		for i := range facts.Databases {
			facts.Databases[i].CreatedAt = time.Time{}
		}
		return facts
	}
	whole, paged := observe(0), observe(2)
	if !reflect.DeepEqual(whole, paged) {
		t.Errorf("in pages of two:\n%+v\nat once:\n%+v", paged, whole)
	}
}

func TestTheNumberOfCallsDoesNotGrowWithTheCluster(t *testing.T) {
	calls := func(nodes, rules int) int {
		w := newWorld(t, worldOptions{nodes: nodes})
		group, err := w.account.AddSecurityGroup(w.network.VPC, "many-rules", "many rules", nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rules {
			if _, err := w.account.AddRule(group, cloud.Rule{Protocol: "tcp", FromPort: 1000 + i, Peer: w.group}); err != nil {
				t.Fatal(err)
			}
		}
		scope := w.scope(t)
		w.account.ForgetCalls()
		if _, gaps := w.client.Observe(t.Context(), scope); len(gaps) > 0 {
			t.Fatalf("gaps: %v", gaps)
		}
		return len(w.account.Calls())
	}
	small, large := calls(1, 1), calls(40, 50)
	if small != large {
		t.Errorf("%d calls with 1 node and 1 rule, %d with 40 nodes and 50 rules", small, large)
	}
	t.Logf("%d calls", small)
}

func TestADenialIsTheGapOfItsFactAndLeavesTheRest(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.addDatabase(t)
	scope := w.scope(t)
	for _, action := range Actions(ModeRead) {
		t.Run(action, func(t *testing.T) {
			w.account.Deny(action)
			defer w.account.Deny()
			facts, gaps := w.client.Observe(t.Context(), scope)
			var got []world.Fact
			for fact, err := range gaps {
				got = append(got, fact)
				var s world.Snapshot
				s.AddGap(fact, err)
				if g := s.Gaps[fact]; g.Permission != action || g.Kind != world.ProblemPermission {
					t.Errorf("gap of %q = %+v, want permission %s", fact, g, action)
				}
			}
			slices.Sort(got)
			var want []world.Fact
			for _, f := range world.Facts() {
				if slices.Contains(f.Permissions, action) {
					want = append(want, f.Fact)
				}
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("gaps = %v, want %v", got, want)
			}
			if action == "iam:GetRole" && len(facts.ClusterRole.AttachedPolicies) == 0 {
				t.Errorf("cluster role = %+v, want its policies", facts.ClusterRole)
			}
			if action == "ec2:DescribeInstanceTypes" && !strings.Contains(facts.InstanceTypes["m5.large"].Source, "not checked against EC2") {
				t.Errorf("source = %q", facts.InstanceTypes["m5.large"].Source)
			}
		})
	}
}

func TestEveryFactOfTheAccountIsRead(t *testing.T) {
	w := newWorld(t, worldOptions{})
	read := make(chan world.Fact, 100)
	scope := w.scope(t)
	scope.Read = func(f world.Fact) { read <- f }
	w.client.Observe(t.Context(), scope)
	close(read)
	var got []world.Fact
	for f := range read {
		if !slices.Contains(got, f) {
			got = append(got, f)
		}
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(world.FactsFrom(world.SourceAWS))); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestThePreflightNamesWhatTheCallerMayNotDo(t *testing.T) {
	denied := []string{"iam:AttachRolePolicy", "rds:CreateDBInstance"}
	for name, caller := range map[string]string{
		"a user":            "",
		"an assumed role":   "arn:aws:sts::111122223333:assumed-role/Admin/alice",
		"the account owner": "arn:aws:iam::111122223333:root",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, worldOptions{caller: caller})
			if strings.Contains(caller, "assumed-role") {
				if _, err := w.account.AddRole(cloud.RoleSpec{Name: "Admin", Path: "/aws-reserved/sso/", Inline: map[string]string{"most": `{
					"Version": "2012-10-17",
					"Statement": [
						{"Effect": "Allow", "Action": "*", "Resource": "*"},
						{"Effect": "Deny", "Action": ["iam:AttachRolePolicy", "rds:CreateDBInstance"], "Resource": "*"}
					]}`}}); err != nil {
					t.Fatal(err)
				}
			} else {
				w.account.Deny(denied...)
			}
			facts, gaps := w.client.Observe(t.Context(), w.scope(t))
			if err := gaps[world.FactPermissions]; err != nil {
				t.Fatal(err)
			}
			want := denied
			if strings.HasSuffix(caller, ":root") {
				want = nil // root has no policies to simulate
			}
			if !slices.Equal(facts.DeniedActions, want) {
				t.Errorf("denied = %v, want %v", facts.DeniedActions, want)
			}
		})
	}
}

func TestThePoliciesOfPodsgPassItsOwnPreflight(t *testing.T) {
	w := newWorld(t, worldOptions{caller: "arn:aws:sts::111122223333:assumed-role/Podsg/alice"})
	inline := map[string]string{}
	for _, mode := range []Mode{ModeRead, ModeWrite} {
		text, err := Permissions(mode, "aws")
		if err != nil {
			t.Fatal(err)
		}
		inline[string(mode)] = string(text)
	}
	if _, err := w.account.AddRole(cloud.RoleSpec{Name: "Podsg", Inline: map[string]string{"podsg": inline["write"]}}); err != nil {
		t.Fatal(err)
	}
	facts, gaps := w.client.Observe(t.Context(), w.scope(t))
	if len(gaps) > 0 || len(facts.DeniedActions) > 0 {
		t.Errorf("with the write policy: gaps %v, denied %v", gaps, facts.DeniedActions)
	}
}

func TestAMissingClusterIsAnsweredWithThoseThereAre(t *testing.T) {
	w := newWorld(t, worldOptions{})
	_, err := w.client.Cluster(t.Context(), "workshp")
	hint, command := world.HintOf(err)
	if world.KindOf(err) != world.ProblemNotFound || !strings.Contains(hint, workshop) || command == "" {
		t.Errorf("error = %v, hint = %q, command = %q", err, hint, command)
	}
}

func TestAClusterWithoutTheAddonHasNone(t *testing.T) {
	w := newWorld(t, worldOptions{noAddon: true})
	facts, gaps := w.client.Observe(t.Context(), w.scope(t))
	if len(gaps) > 0 || facts.Addon != nil {
		t.Errorf("add-on = %+v, gaps = %v, want neither", facts.Addon, gaps)
	}
}

func TestSubnetsOutsideTheRegionsZonesAreMarked(t *testing.T) {
	w := newWorld(t, worldOptions{})
	region := w.account.Region()
	want := map[string]bool{}
	for _, id := range append(w.network.PublicSubnets, w.network.PrivateSubnets...) {
		want[id] = false
	}
	for _, spec := range []cloud.SubnetSpec{
		{CIDR: "192.168.200.0/24", Zone: region + "-lax-1a"},
		{CIDR: "192.168.201.0/24", Zone: region + "-wl1-las-wlz-1"},
		{CIDR: "192.168.202.0/24", Zone: "a", OutpostARN: "arn:aws:outposts:" + region + ":111122223333:outpost/op-1"},
	} {
		spec.VPC = w.network.VPC
		id, err := w.account.AddSubnet(spec)
		if err != nil {
			t.Fatal(err)
		}
		want[id] = true
	}
	subnets, err := w.client.subnets(t.Context(), w.network.VPC)
	if err != nil || len(subnets) != len(want) {
		t.Fatalf("%d subnets, want %d, error %v", len(subnets), len(want), err)
	}
	for _, s := range subnets {
		if s.Edge != want[s.ID] {
			t.Errorf("subnet in %s is marked %t", s.Zone, s.Edge)
		}
	}
}
