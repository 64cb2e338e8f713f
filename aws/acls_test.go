package aws

import (
	"net/netip"
	"slices"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestNetworkACLsAreReadWithNamesAndInTheOrderOfTheirNumbers(t *testing.T) {
	for name, pageSize := range map[string]int{"at once": 0, "in pages of one": 1} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, worldOptions{pageSize: pageSize})
			subnet := w.network.PrivateSubnets[0]
			id, err := w.account.AddNetworkACL(w.network.VPC, "strict", []string{subnet},
				cloud.ACLEntry{Number: 200, Protocol: "udp", CIDR: "192.168.0.0/16", FromPort: 53, ToPort: 53, Allow: true},
				cloud.ACLEntry{Number: 100, Protocol: "tcp", CIDR: "192.168.0.0/16", FromPort: 1024, ToPort: 65535, Allow: true},
				cloud.ACLEntry{Number: 90, Protocol: "47", CIDR: "192.168.0.0/16"},
				cloud.ACLEntry{Number: 100, Protocol: "-1", CIDR: "0.0.0.0/0", Allow: true, Egress: true},
			)
			if err != nil {
				t.Fatal(err)
			}
			acls, err := w.client.acls(t.Context(), w.network.VPC)
			if err != nil {
				t.Fatal(err)
			}
			if len(acls) != 2 || !slices.IsSortedFunc(acls, func(a, b world.ACL) int { return map[bool]int{true: -1, false: 1}[a.ID < b.ID] }) {
				t.Fatalf("ACLs = %+v, want the default and the strict one", acls)
			}
			strict, rest := acls[0], acls[1]
			if strict.ID != id {
				strict, rest = rest, strict
			}
			if !slices.Equal(strict.SubnetIDs, []string{subnet}) || len(rest.SubnetIDs) != 5 {
				t.Errorf("the subnets are %v and %v", strict.SubnetIDs, rest.SubnetIDs)
			}
			const vpc, everywhere = "192.168.0.0/16", "0.0.0.0/0"
			want := []world.ACLEntry{
				{Number: 90, Direction: world.Ingress, Protocol: "47", FromPort: -1, ToPort: -1, CIDR: vpc},
				{Number: 100, Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere, Allow: true},
				{Number: 100, Direction: world.Ingress, Protocol: "tcp", FromPort: 1024, ToPort: 65535, CIDR: vpc, Allow: true},
				{Number: 200, Direction: world.Ingress, Protocol: "udp", FromPort: 53, ToPort: 53, CIDR: vpc, Allow: true},
				{Number: 32767, Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere},
				{Number: 32767, Direction: world.Ingress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere},
			}
			if !slices.Equal(strict.Entries, want) {
				t.Errorf("entries =\n%+v\nwant\n%+v", strict.Entries, want)
			}
		})
	}
}

func TestTheDefaultACLOfAVPCWithIPv6HasEntriesForBoth(t *testing.T) {
	w := newWorld(t, worldOptions{})
	vpc, err := w.account.AddVPC(cloud.VPCSpec{CIDR: "10.9.0.0/16", IPv6: true})
	if err != nil {
		t.Fatal(err)
	}
	acls, err := w.client.acls(t.Context(), vpc)
	if err != nil || len(acls) != 1 || len(acls[0].Entries) != 8 {
		t.Fatalf("ACLs = %+v, error %v", acls, err)
	}
	last := acls[0].Entries[7]
	if last.Number != 32768 || last.CIDR != "::/0" || last.Allow {
		t.Errorf("the last entry is %+v", last)
	}
}

func TestTheCheckOfNetworkACLsSaysWhatBecomesOfPackets(t *testing.T) {
	const everywhere = "0.0.0.0/0"
	in := func(number int, allow bool, protocol string, from, to int, cidr string) cloud.ACLEntry {
		return cloud.ACLEntry{Number: number, Allow: allow, Protocol: protocol, FromPort: from, ToPort: to, CIDR: cidr}
	}
	out := func(number int, allow bool, protocol string, from, to int, cidr string) cloud.ACLEntry {
		e := in(number, allow, protocol, from, to, cidr)
		e.Egress = true
		return e
	}
	allIn, allOut := in(200, true, "-1", 0, 0, everywhere), out(200, true, "-1", 0, 0, everywhere)
	for name, tt := range map[string]struct {
		entries []cloud.ACLEntry // of the database's subnet
		open    bool
	}{
		"everything is allowed":          {[]cloud.ACLEntry{allIn, allOut}, true},
		"nothing is allowed":             {nil, false},
		"only the port in":               {[]cloud.ACLEntry{in(100, true, "tcp", 5432, 5432, everywhere)}, false},
		"the port in and answers out":    {[]cloud.ACLEntry{in(100, true, "tcp", 5432, 5432, everywhere), out(100, true, "tcp", 1024, 65535, "192.168.0.0/16")}, true},
		"the port is denied first":       {[]cloud.ACLEntry{in(100, false, "tcp", 5432, 5432, everywhere), allIn, allOut}, false},
		"the port is denied too late":    {[]cloud.ACLEntry{in(300, false, "tcp", 5432, 5432, everywhere), allIn, allOut}, true},
		"UDP is denied":                  {[]cloud.ACLEntry{in(100, false, "udp", 5432, 5432, everywhere), allIn, allOut}, true},
		"answers are denied":             {[]cloud.ACLEntry{out(100, false, "tcp", 1024, 65535, everywhere), allIn, allOut}, false},
		"ports that no client has":       {[]cloud.ACLEntry{out(100, false, "tcp", 1, 32767, everywhere), allIn, allOut}, true},
		"another network is denied":      {[]cloud.ACLEntry{in(100, false, "-1", 0, 0, "10.0.0.0/8"), allIn, allOut}, true},
		"IPv6 is allowed and no IPv4 is": {[]cloud.ACLEntry{in(200, true, "-1", 0, 0, "::/0"), out(200, true, "-1", 0, 0, "::/0")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			group := w.addDatabase(t)
			if _, err := w.account.AddRule(group, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: "192.168.0.0/16"}); err != nil {
				t.Fatal(err)
			}
			interfaces, err := w.client.GroupInterfaces(t.Context(), group)
			if err != nil || len(interfaces) != 1 {
				t.Fatalf("the database's interfaces are %+v, error %v", interfaces, err)
			}
			database := interfaces[0]
			if _, err := w.account.AddNetworkACL(w.network.VPC, "database", []string{database.SubnetID}, tt.entries...); err != nil {
				t.Fatal(err)
			}
			facts, gaps := w.client.Observe(t.Context(), w.scope(t))
			if len(gaps) > 0 {
				t.Fatal(gaps)
			}
			reached := true
			for _, i := range facts.Instances {
				if ok, _ := w.account.Reachable(netip.MustParseAddr(i.PrivateIP), netip.MustParseAddr(database.PrivateIP), "tcp", 5432); !ok && i.Type == "m5.large" {
					reached = false
				}
			}
			s := &world.Snapshot{Cloud: facts}
			target, err := intent.ResolveForDiagnosis(s, intent.Intent{
				Cluster: workshop, Database: intent.DatabaseIntent{Existing: &intent.ExistingDatabase{Identifier: facts.Databases[0].Identifier}},
			})
			if err != nil {
				t.Fatal(err)
			}
			findings := steps.Check(s, &target)
			f := findings[slices.IndexFunc(findings, func(f check.Finding) bool { return f.ID == "D85" })]
			if reached != tt.open || (f.Status == check.Pass) != tt.open || (f.Status == check.Fail) != !tt.open {
				t.Errorf("packets arrive: %t, want %t; the check says %s: %s %v", reached, tt.open, f.Status, f.Reason.String(), f.Evidence)
			}
		})
	}
}
