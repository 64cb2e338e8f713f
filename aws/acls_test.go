package aws

import (
	"slices"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps"
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
			if len(acls) != 2 || !slices.IsSortedFunc(acls, func(a, b steps.ACL) int { return map[bool]int{true: -1, false: 1}[a.ID < b.ID] }) {
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
			want := []steps.ACLEntry{
				{Number: 90, Direction: steps.Ingress, Protocol: "47", FromPort: -1, ToPort: -1, CIDR: vpc},
				{Number: 100, Direction: steps.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere, Allow: true},
				{Number: 100, Direction: steps.Ingress, Protocol: "tcp", FromPort: 1024, ToPort: 65535, CIDR: vpc, Allow: true},
				{Number: 200, Direction: steps.Ingress, Protocol: "udp", FromPort: 53, ToPort: 53, CIDR: vpc, Allow: true},
				{Number: 32767, Direction: steps.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere},
				{Number: 32767, Direction: steps.Ingress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: everywhere},
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
