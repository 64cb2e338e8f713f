package steps

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"podsg/steps/reach"
	"podsg/steps/world"
)

// openACL are the entries of a VPC's default network ACL.
func openACL() []world.ACLEntry {
	return []world.ACLEntry{
		aclEntry(100, world.Ingress, true, "-1", -1, -1, "0.0.0.0/0"), aclEntry(100, world.Egress, true, "-1", -1, -1, "0.0.0.0/0"),
		aclEntry(reach.LastACLEntry, world.Ingress, false, "-1", -1, -1, "0.0.0.0/0"), aclEntry(reach.LastACLEntry, world.Egress, false, "-1", -1, -1, "0.0.0.0/0"),
	}
}

func aclEntry(number int, dir world.Direction, allow bool, protocol string, from, to int, cidr string) world.ACLEntry {
	return world.ACLEntry{Number: number, Direction: dir, Allow: allow, Protocol: protocol, FromPort: from, ToPort: to, CIDR: cidr}
}

func TestTheEntryWithTheLowestNumberThatMatchesDecides(t *testing.T) {
	t.Parallel()
	const in, everywhere = world.Ingress, "0.0.0.0/0"
	allow := func(number int, protocol string, from, to int, cidr string) world.ACLEntry {
		return aclEntry(number, in, true, protocol, from, to, cidr)
	}
	deny := func(number int, protocol string, from, to int, cidr string) world.ACLEntry {
		return aclEntry(number, in, false, protocol, from, to, cidr)
	}
	for name, x := range map[string]struct {
		entries  []world.ACLEntry
		protocol string // default tcp
		peer     string // default 10.0.0.0/24
		from, to int    // default 5432
		denied   string // what is denied; empty: nothing
		all      bool
	}{
		"everything is allowed":                   {entries: []world.ACLEntry{allow(100, "-1", -1, -1, everywhere)}},
		"nothing is allowed":                      {denied: "no entry allows tcp 5432 from 10.0.0.0/24", all: true},
		"a deny before the allow":                 {entries: []world.ACLEntry{deny(90, "tcp", 5432, 5432, everywhere), allow(100, "-1", -1, -1, everywhere)}, denied: "entry 90 denies tcp 5432 from 10.0.0.0/24", all: true},
		"a deny after the allow":                  {entries: []world.ACLEntry{allow(100, "-1", -1, -1, everywhere), deny(110, "tcp", 5432, 5432, everywhere)}},
		"entries that do not come by number":      {entries: []world.ACLEntry{deny(110, "-1", -1, -1, everywhere), allow(100, "tcp", 5432, 5432, everywhere)}},
		"a deny of another port":                  {entries: []world.ACLEntry{deny(90, "tcp", 22, 22, everywhere), allow(100, "-1", -1, -1, everywhere)}},
		"a deny of another protocol":              {entries: []world.ACLEntry{deny(90, "udp", 5432, 5432, everywhere), allow(100, "-1", -1, -1, everywhere)}},
		"a deny of all protocols has no ports":    {entries: []world.ACLEntry{deny(90, "-1", -1, -1, everywhere), allow(100, "-1", -1, -1, everywhere)}, denied: "entry 90 denies", all: true},
		"a protocol as its number":                {entries: []world.ACLEntry{allow(100, "6", 5432, 5432, everywhere)}},
		"ICMP lets no TCP pass":                   {entries: []world.ACLEntry{allow(100, "icmp", -1, -1, everywhere)}, denied: "no entry allows", all: true},
		"the other direction does not count":      {entries: []world.ACLEntry{aclEntry(90, world.Egress, false, "-1", -1, -1, everywhere), allow(100, "-1", -1, -1, everywhere)}},
		"a range of ports that holds the port":    {entries: []world.ACLEntry{allow(100, "tcp", 1024, 65535, everywhere)}},
		"a range of ports that ends before it":    {entries: []world.ACLEntry{allow(100, "tcp", 1024, 5431, everywhere)}, denied: "no entry allows", all: true},
		"two allows that share the ports":         {entries: []world.ACLEntry{allow(100, "tcp", 32768, 50000, everywhere), allow(110, "tcp", 50001, 65535, everywhere)}, from: 32768, to: 60999},
		"part of the ports is denied":             {entries: []world.ACLEntry{deny(90, "tcp", 40000, 45000, everywhere), allow(100, "-1", -1, -1, everywhere)}, from: 32768, to: 60999, denied: "entry 90 denies tcp 40000-45000 from 10.0.0.0/24"},
		"part of the ports is not allowed":        {entries: []world.ACLEntry{allow(100, "tcp", 1024, 49151, everywhere)}, from: 32768, to: 60999, denied: "no entry allows tcp 49152-60999 from 10.0.0.0/24"},
		"ports that nobody asked for are denied":  {entries: []world.ACLEntry{deny(90, "tcp", 1024, 32767, everywhere), allow(100, "-1", -1, -1, everywhere)}, from: 32768, to: 60999},
		"part of the peer's subnet is denied":     {entries: []world.ACLEntry{deny(90, "-1", -1, -1, "10.0.0.128/25"), allow(100, "-1", -1, -1, everywhere)}, denied: "entry 90 denies tcp 5432 from 10.0.0.128/25"},
		"one address of the subnet is denied":     {entries: []world.ACLEntry{deny(90, "-1", -1, -1, "10.0.0.7/32"), allow(100, "-1", -1, -1, everywhere)}, denied: "entry 90 denies tcp 5432 from 10.0.0.7"},
		"half of the peer's subnet is allowed":    {entries: []world.ACLEntry{allow(100, "tcp", 5432, 5432, "10.0.0.0/25")}, denied: "no entry allows tcp 5432 from 10.0.0.128/25"},
		"both halves are allowed":                 {entries: []world.ACLEntry{allow(100, "tcp", 5432, 5432, "10.0.0.0/25"), allow(110, "tcp", 5432, 5432, "10.0.0.128/25")}},
		"a range around the peer's subnet":        {entries: []world.ACLEntry{allow(100, "tcp", 5432, 5432, "10.0.0.0/16")}},
		"a range beside the peer's subnet":        {entries: []world.ACLEntry{allow(100, "tcp", 5432, 5432, "10.0.1.0/24")}, denied: "no entry allows", all: true},
		"an entry for IPv6 lets no IPv4 pass":     {entries: []world.ACLEntry{allow(100, "-1", -1, -1, "::/0")}, denied: "no entry allows", all: true},
		"an entry for IPv6 lets IPv6 pass":        {entries: []world.ACLEntry{allow(100, "-1", -1, -1, "::/0")}, peer: "2600:1f14::/64"},
		"a part of an IPv6 subnet is denied":      {entries: []world.ACLEntry{deny(90, "-1", -1, -1, "2600:1f14:0:0:8000::/65"), allow(100, "-1", -1, -1, "::/0")}, peer: "2600:1f14::/64", denied: "entry 90 denies tcp 5432 from 2600:1f14:0:0:8000::/65"},
		"an entry for IPv4 denies no IPv6":        {entries: []world.ACLEntry{deny(90, "-1", -1, -1, everywhere), allow(100, "-1", -1, -1, "::/0")}, peer: "2600:1f14::/64"},
		"UDP is judged by the entries for UDP":    {entries: []world.ACLEntry{allow(100, "tcp", 53, 53, everywhere)}, protocol: "udp", from: 53, to: 53, denied: "no entry allows udp 53", all: true},
		"an entry whose range cannot be read":     {entries: []world.ACLEntry{deny(90, "-1", -1, -1, "nowhere"), allow(100, "-1", -1, -1, everywhere)}},
		"the last entry denies what others leave": {entries: append(openACL()[2:3:3], allow(100, "tcp", 22, 22, everywhere)), denied: "no entry allows tcp 5432", all: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if x.from == 0 {
				x.from, x.to = 5432, 5432
			}
			traffic := reach.ACLTraffic{Direction: in, Protocol: cmp.Or(x.protocol, "tcp"), Peer: netip.MustParsePrefix(cmp.Or(x.peer, "10.0.0.0/24")), From: x.from, To: x.to}
			denied, all := reach.Denials(world.ACL{Entries: x.entries}, traffic)
			if text := strings.Trim(fmt.Sprint(denied), "[]"); all != x.all || (x.denied == "") != (len(denied) == 0) || !strings.HasPrefix(text, x.denied) {
				t.Errorf("denied all: %t, denied: %s; want %t, %q", all, text, x.all, x.denied)
			}
		})
	}
}

func TestARangeIsDividedIntoItsHalves(t *testing.T) {
	t.Parallel()
	for whole, want := range map[string][2]string{
		"10.0.0.0/8":      {"10.0.0.0/9", "10.128.0.0/9"},
		"10.0.0.0/15":     {"10.0.0.0/16", "10.1.0.0/16"},
		"10.0.0.4/31":     {"10.0.0.4/32", "10.0.0.5/32"},
		"0.0.0.0/0":       {"0.0.0.0/1", "128.0.0.0/1"},
		"2600:1f14::/64":  {"2600:1f14::/65", "2600:1f14:0:0:8000::/65"},
		"2600:1f14::/127": {"2600:1f14::/128", "2600:1f14::1/128"},
	} {
		lower, upper := reach.Halves(netip.MustParsePrefix(whole))
		if got := [2]string{lower.String(), upper.String()}; got != want {
			t.Errorf("%s is divided into %v, want %v", whole, got, want)
		}
	}
}
