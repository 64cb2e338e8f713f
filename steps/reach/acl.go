package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"podsg/steps/world"
)

// LastACLEntry is the number of the entry that denies what no other decides,
// which nobody can remove; that for IPv6 has the next one.
const LastACLEntry = 32767

// ACLTraffic is the packets that go in or out of a subnet, to or from addresses
// of a range, at any port of a range.
type ACLTraffic struct {
	Direction world.Direction
	Protocol  string
	Peer      netip.Prefix
	From, To  int // ports that the packets are sent to
}

func (x ACLTraffic) String() string {
	ports, word := fmt.Sprint(x.From), "from"
	if x.To != x.From {
		ports = fmt.Sprintf("%d-%d", x.From, x.To)
	}
	if x.Direction == world.Egress {
		word = "to"
	}
	peer := x.Peer.String()
	if x.Peer.IsSingleIP() {
		peer = x.Peer.Addr().String()
	}
	return fmt.Sprintf("%s %s %s %s", x.Protocol, ports, word, peer)
}

// aclDenial is a part of some traffic that an entry denies.
type aclDenial struct {
	number int
	ACLTraffic
}

func (d aclDenial) String() string {
	if d.number >= LastACLEntry {
		return "no entry allows " + d.ACLTraffic.String()
	}
	return fmt.Sprintf("entry %d denies %s", d.number, d.ACLTraffic)
}

// Denials lists what an ACL denies of some traffic, and says whether it denies
// all of it. Of the entries that match a packet the one with the lowest number
// decides, and there is no memory of what went the other way:
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
func Denials(a world.ACL, x ACLTraffic) (denied []aclDenial, all bool) {
	entries := slices.Clone(a.Entries)
	slices.SortStableFunc(entries, func(a, b world.ACLEntry) int { return cmp.Compare(a.Number, b.Number) })
	open, passed := []ACLTraffic{x}, false
	for _, e := range entries {
		cidr, err := netip.ParsePrefix(e.CIDR)
		if err != nil || e.Direction != x.Direction || !isFor(e, x.Protocol) {
			continue
		}
		from, to := ports(e)
		var left []ACLTraffic
		for _, part := range open {
			if !cidr.Overlaps(part.Peer) || to < part.From || from > part.To {
				left = append(left, part)
				continue
			}
			decided, rest := part.split(cidr.Masked(), from, to)
			left = append(left, rest...)
			if e.Allow {
				passed = true
			} else {
				denied = append(denied, aclDenial{e.Number, decided})
			}
		}
		open = left
	}
	for _, part := range open {
		denied = append(denied, aclDenial{LastACLEntry, part})
	}
	return denied, !passed
}

func isFor(e world.ACLEntry, protocol string) bool {
	p := protocolName(e.Protocol)
	return p == "-1" || p == protocol
}

// ports are those that an entry is for: only TCP and UDP have any.
func ports(e world.ACLEntry) (from, to int) {
	if p := protocolName(e.Protocol); p != ProtocolTCP && p != ProtocolUDP || e.FromPort < 0 {
		return 0, 65535
	}
	return e.FromPort, e.ToPort
}

// split takes from traffic what concerns a range and ports that overlap its own.
func (x ACLTraffic) split(cidr netip.Prefix, from, to int) (taken ACLTraffic, rest []ACLTraffic) {
	if x.From < from {
		below := x
		below.To = from - 1
		rest = append(rest, below)
	}
	if x.To > to {
		above := x
		above.From = to + 1
		rest = append(rest, above)
	}
	taken = x
	taken.From, taken.To = max(x.From, from), min(x.To, to)
	for cidr.Bits() > taken.Peer.Bits() {
		other := taken
		taken.Peer, other.Peer = Halves(taken.Peer)
		if other.Peer.Contains(cidr.Addr()) {
			taken.Peer, other.Peer = other.Peer, taken.Peer
		}
		rest = append(rest, other)
	}
	return taken, rest
}

// Halves divides a range that has more than one address.
func Halves(p netip.Prefix) (lower, upper netip.Prefix) {
	first, bit := p.Masked().Addr(), p.Bits()
	raw := first.AsSlice()
	raw[bit/8] |= 0x80 >> (bit % 8)
	middle, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(first, bit+1), netip.PrefixFrom(middle, bit+1)
}

// Ports that Linux takes for the client's end of a connection, and answers come
// back to (net.ipv4.ip_local_port_range).
const firstClientPort, lastClientPort = 32768, 60999

// ACLEnd is one end of a connection as network ACLs see it: a subnet, and the
// addresses in it that may be meant.
type ACLEnd struct {
	Subnet string
	Peer   netip.Prefix
}

// ACLVerdict is what network ACLs say of connections.
type ACLVerdict struct {
	Closed  bool     // none can pass
	Lines   []string // what is denied, all or part of it
	ACLs    []string // the ACLs that deny it
	Unknown []string // subnets whose ACL was not observed
}

func (v *ACLVerdict) Add(w ACLVerdict) {
	v.Lines, v.ACLs, v.Unknown = append(v.Lines, w.Lines...), append(v.ACLs, w.ACLs...), append(v.Unknown, w.Unknown...)
}

// ACLPath judges connections from one subnet to another: there to a port, and
// back to the client's. Within a subnet no ACL is asked.
func ACLPath(s *world.Snapshot, from, to ACLEnd, protocol string, port int) ACLVerdict {
	var out ACLVerdict
	if from.Subnet == to.Subnet {
		return out
	}
	for _, edge := range []struct {
		subnet  string
		traffic ACLTraffic
	}{
		{from.Subnet, ACLTraffic{world.Egress, protocol, to.Peer, port, port}},
		{to.Subnet, ACLTraffic{world.Ingress, protocol, from.Peer, port, port}},
		{to.Subnet, ACLTraffic{world.Egress, protocol, from.Peer, firstClientPort, lastClientPort}},
		{from.Subnet, ACLTraffic{world.Ingress, protocol, to.Peer, firstClientPort, lastClientPort}},
	} {
		acl, ok := aclOf(s, edge.subnet)
		if !ok {
			out.Unknown = append(out.Unknown, edge.subnet)
			continue
		}
		denied, all := Denials(acl, edge.traffic)
		if len(denied) == 0 {
			continue
		}
		out.Closed = out.Closed || all
		out.ACLs = append(out.ACLs, acl.ID)
		var parts []string
		for _, d := range denied[:min(len(denied), 2)] {
			parts = append(parts, d.String())
		}
		word := ""
		if !all {
			word = ", which is part of it"
		}
		out.Lines = append(out.Lines, fmt.Sprintf("%s of %s: %s%s", acl.ID, edge.subnet, strings.Join(parts, "; "), word))
	}
	return out
}

// aclOf is the network ACL of a subnet.
func aclOf(s *world.Snapshot, subnetID string) (world.ACL, bool) {
	for _, a := range s.Cloud.ACLs {
		if slices.Contains(a.SubnetIDs, subnetID) {
			return a, true
		}
	}
	return world.ACL{}, false
}

// The protocols of the rules, in EC2's words.
const (
	ProtocolTCP = "tcp"
	ProtocolUDP = "udp"
)
