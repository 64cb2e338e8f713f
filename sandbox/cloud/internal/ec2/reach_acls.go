package ec2

import (
	"fmt"
	"net/netip"
	"slices"
)

// Ports that a client's answers come back to: those that Linux gives out.
const firstEphemeral, lastEphemeral = 32768, 60999

// acls returns what the network ACLs refuse. They apply where a packet enters
// or leaves a subnet, so not within one.
func (f *flow) acls() string {
	if f.source != nil && f.target != nil && f.source.Subnet == f.target.Subnet {
		return ""
	}
	if f.source != nil {
		if why := f.aclRefuses(f.source.Subnet, true, f.to, f.port, f.port); why != "" {
			return why
		}
	}
	if f.target != nil {
		if why := f.aclRefuses(f.target.Subnet, false, f.from, f.port, f.port); why != "" {
			return why
		}
		if why := f.aclRefuses(f.target.Subnet, true, f.from, firstEphemeral, lastEphemeral); why != "" {
			return why + " (answers)"
		}
	}
	if f.source != nil {
		if why := f.aclRefuses(f.source.Subnet, false, f.to, firstEphemeral, lastEphemeral); why != "" {
			return why + " (answers)"
		}
	}
	return ""
}

func (f *flow) aclRefuses(subnetID string, egress bool, peer netip.Addr, from, to int) string {
	s := f.state.subnets.get(subnetID)
	l := f.state.aclOf(s)
	if l == nil {
		return ""
	}
	number, ok := l.allows(egress, f.protocol, peer, from, to)
	if ok {
		return ""
	}
	direction, preposition := "inbound", "from"
	if egress {
		direction, preposition = "outbound", "to"
	}
	return fmt.Sprintf("rule %d of the network ACL %s of %s denies %s %s/%d-%d %s %s", number, l.ID, s.ID, direction, f.protocol, from, to, preposition, peer)
}

// allows asks an ACL about all ports of a range. The entries are asked in the
// order of their numbers and the first that matches a port decides. It returns
// the number of the entry that denies one.
func (l *networkACL) allows(egress bool, protocol string, peer netip.Addr, from, to int) (denying int, ok bool) {
	entries := slices.Clone(l.Entries)
	slices.SortStableFunc(entries, func(x, y aclEntry) int { return x.Number - y.Number })
	type span struct{ from, to int }
	open := []span{{from, to}}
	for _, e := range entries {
		if e.Egress != egress || !e.CIDR.Contains(peer) || !e.isFor(protocol) {
			continue
		}
		first, last := e.FromPort, e.ToPort
		if e.Protocol == "-1" || protocol != "tcp" && protocol != "udp" {
			first, last = 0, 65535
		}
		var rest []span
		for _, s := range open {
			if s.to < first || s.from > last {
				rest = append(rest, s)
				continue
			}
			if !e.Allow {
				return e.Number, false
			}
			if s.from < first {
				rest = append(rest, span{s.from, first - 1})
			}
			if s.to > last {
				rest = append(rest, span{last + 1, s.to})
			}
		}
		if open = rest; len(open) == 0 {
			return 0, true
		}
	}
	return lastACLRule, false
}

func (e aclEntry) isFor(protocol string) bool {
	return e.Protocol == "-1" || e.Protocol == protocol || protocolNames[e.Protocol] == protocol
}
