package steps

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// lastACLEntry is the number of the entry that denies what no other decides,
// which nobody can remove; that for IPv6 has the next one.
const lastACLEntry = 32767

// aclTraffic is the packets that go in or out of a subnet, to or from addresses
// of a range, at any port of a range.
type aclTraffic struct {
	direction Direction
	protocol  string
	peer      netip.Prefix
	from, to  int // ports that the packets are sent to
}

func (x aclTraffic) String() string {
	ports, word := fmt.Sprint(x.from), "from"
	if x.to != x.from {
		ports = fmt.Sprintf("%d-%d", x.from, x.to)
	}
	if x.direction == Egress {
		word = "to"
	}
	peer := x.peer.String()
	if x.peer.IsSingleIP() {
		peer = x.peer.Addr().String()
	}
	return fmt.Sprintf("%s %s %s %s", x.protocol, ports, word, peer)
}

// aclDenial is a part of some traffic that an entry denies.
type aclDenial struct {
	number int
	aclTraffic
}

func (d aclDenial) String() string {
	if d.number >= lastACLEntry {
		return "no entry allows " + d.aclTraffic.String()
	}
	return fmt.Sprintf("entry %d denies %s", d.number, d.aclTraffic)
}

// denials lists what an ACL denies of some traffic, and says whether it denies
// all of it. Of the entries that match a packet the one with the lowest number
// decides, and there is no memory of what went the other way:
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
func (a ACL) denials(x aclTraffic) (denied []aclDenial, all bool) {
	entries := slices.Clone(a.Entries)
	slices.SortStableFunc(entries, func(a, b ACLEntry) int { return cmp.Compare(a.Number, b.Number) })
	open, passed := []aclTraffic{x}, false
	for _, e := range entries {
		cidr, err := netip.ParsePrefix(e.CIDR)
		if err != nil || e.Direction != x.direction || !e.isFor(x.protocol) {
			continue
		}
		from, to := e.ports()
		var left []aclTraffic
		for _, part := range open {
			if !cidr.Overlaps(part.peer) || to < part.from || from > part.to {
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
		denied = append(denied, aclDenial{lastACLEntry, part})
	}
	return denied, !passed
}

func (e ACLEntry) isFor(protocol string) bool {
	p := protocolName(e.Protocol)
	return p == "-1" || p == protocol
}

// ports are those that an entry is for: only TCP and UDP have any.
func (e ACLEntry) ports() (from, to int) {
	if p := protocolName(e.Protocol); p != protocolTCP && p != protocolUDP || e.FromPort < 0 {
		return 0, 65535
	}
	return e.FromPort, e.ToPort
}

// split takes from traffic what concerns a range and ports that overlap its own.
func (x aclTraffic) split(cidr netip.Prefix, from, to int) (taken aclTraffic, rest []aclTraffic) {
	if x.from < from {
		below := x
		below.to = from - 1
		rest = append(rest, below)
	}
	if x.to > to {
		above := x
		above.from = to + 1
		rest = append(rest, above)
	}
	taken = x
	taken.from, taken.to = max(x.from, from), min(x.to, to)
	for cidr.Bits() > taken.peer.Bits() {
		other := taken
		taken.peer, other.peer = halves(taken.peer)
		if other.peer.Contains(cidr.Addr()) {
			taken.peer, other.peer = other.peer, taken.peer
		}
		rest = append(rest, other)
	}
	return taken, rest
}

// halves divides a range that has more than one address.
func halves(p netip.Prefix) (lower, upper netip.Prefix) {
	first, bit := p.Masked().Addr(), p.Bits()
	raw := first.AsSlice()
	raw[bit/8] |= 0x80 >> (bit % 8)
	middle, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(first, bit+1), netip.PrefixFrom(middle, bit+1)
}

// Ports that Linux takes for the client's end of a connection, and answers come
// back to (net.ipv4.ip_local_port_range).
const firstClientPort, lastClientPort = 32768, 60999

// aclEnd is one end of a connection as network ACLs see it: a subnet, and the
// addresses in it that may be meant.
type aclEnd struct {
	subnet string
	peer   netip.Prefix
}

// aclVerdict is what network ACLs say of connections.
type aclVerdict struct {
	closed  bool     // none can pass
	lines   []string // what is denied, all or part of it
	acls    []string // the ACLs that deny it
	unknown []string // subnets whose ACL was not observed
}

func (v *aclVerdict) add(w aclVerdict) {
	v.lines, v.acls, v.unknown = append(v.lines, w.lines...), append(v.acls, w.acls...), append(v.unknown, w.unknown...)
}

// aclPath judges connections from one subnet to another: there to a port, and
// back to the client's. Within a subnet no ACL is asked.
func (s *Snapshot) aclPath(from, to aclEnd, protocol string, port int) aclVerdict {
	var out aclVerdict
	if from.subnet == to.subnet {
		return out
	}
	for _, edge := range []struct {
		subnet  string
		traffic aclTraffic
	}{
		{from.subnet, aclTraffic{Egress, protocol, to.peer, port, port}},
		{to.subnet, aclTraffic{Ingress, protocol, from.peer, port, port}},
		{to.subnet, aclTraffic{Egress, protocol, from.peer, firstClientPort, lastClientPort}},
		{from.subnet, aclTraffic{Ingress, protocol, to.peer, firstClientPort, lastClientPort}},
	} {
		acl, ok := s.aclOf(edge.subnet)
		if !ok {
			out.unknown = append(out.unknown, edge.subnet)
			continue
		}
		denied, all := acl.denials(edge.traffic)
		if len(denied) == 0 {
			continue
		}
		out.closed = out.closed || all
		out.acls = append(out.acls, acl.ID)
		var parts []string
		for _, d := range denied[:min(len(denied), 2)] {
			parts = append(parts, d.String())
		}
		word := ""
		if !all {
			word = ", which is part of it"
		}
		out.lines = append(out.lines, fmt.Sprintf("%s of %s: %s%s", acl.ID, edge.subnet, strings.Join(parts, "; "), word))
	}
	return out
}

// aclOf is the network ACL of a subnet.
func (s *Snapshot) aclOf(subnetID string) (ACL, bool) {
	for _, a := range s.Cloud.ACLs {
		if slices.Contains(a.SubnetIDs, subnetID) {
			return a, true
		}
	}
	return ACL{}, false
}
