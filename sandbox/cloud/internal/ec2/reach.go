package ec2

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Reachable reports whether a connection of a protocol ("tcp", "udp" or a
// number) to a port gets through, and why: which rules allow it, or what is
// missing. An address that no interface has is outside the VPCs.
//
// Security groups are stateful and are asked once on either side; network ACLs
// are not and are asked for both directions.
func (a *Service) Reachable(from, to netip.Addr, proto string, port int) (ok bool, why string) {
	a.state.Lock()
	defer a.state.Unlock()
	f := flow{state: a.state, from: from, to: to, protocol: strings.ToLower(proto), port: port}
	if name, known := protocolNames[f.protocol]; known {
		f.protocol = name
	}
	f.source, f.target = a.state.interfaceOf(from), a.state.interfaceOf(to)
	return f.evaluate()
}

func (a *State) interfaceOf(ip netip.Addr) *Interface {
	for e := range a.interfaces.each() {
		if e.holds(ip) {
			return e
		}
	}
	return nil
}

// flow is a connection being evaluated.
type flow struct {
	state          *State
	from, to       netip.Addr
	protocol       string
	port           int
	source, target *Interface // nil outside the VPCs

	// viaInternet means that the target is addressed by its public address, so
	// that security groups see public addresses and no groups.
	viaInternet bool
}

// natAddress stands for the address that a NAT gateway puts in a packet's place.
var natAddress = netip.AddrFrom4([4]byte{198, 51, 100, 1})

func (f *flow) evaluate() (bool, string) {
	switch {
	case f.source == nil && f.target == nil:
		return false, fmt.Sprintf("neither %s nor %s is an address of this account", f.from, f.to)
	case f.source == f.target || f.sameHost():
		return true, "both addresses are on the same instance, where no security group applies"
	}
	f.viaInternet = f.target != nil && f.to == f.target.PublicIP
	if why := f.routing(); why != "" {
		return false, why
	}
	var reasons []string
	if f.source != nil {
		rule, group := f.admitting(f.source, true)
		if rule == nil {
			return false, fmt.Sprintf("no egress rule of %s of %s allows %s to %s", f.state.groupNames(f.source), f.source.ID, f.what(), f.to)
		}
		reasons = append(reasons, fmt.Sprintf("egress allowed by %s of %s (%s)", rule.ID, group.ID, group.Name))
	}
	if f.target != nil {
		rule, group := f.admitting(f.target, false)
		if rule == nil {
			return false, fmt.Sprintf("no ingress rule of %s of %s allows %s from %s", f.state.groupNames(f.target), f.target.ID, f.what(), f.from)
		}
		reasons = append(reasons, fmt.Sprintf("ingress allowed by %s of %s (%s)", rule.ID, group.ID, group.Name))
	}
	if why := f.acls(); why != "" {
		return false, why
	}
	return true, strings.Join(reasons, ", ")
}

func (f *flow) what() string { return fmt.Sprintf("%s/%d", f.protocol, f.port) }

// sameHost reports whether both addresses are ordinary ones of one instance:
// its kernel then routes between them. A branch interface is behind a VLAN.
func (f *flow) sameHost() bool {
	return f.source != nil && f.target != nil && f.source.AttachedTo() != "" && f.source.AttachedTo() == f.target.AttachedTo()
}

// routing returns what keeps packets from getting there at all.
func (f *flow) routing() string {
	a := f.state
	if f.source == nil {
		if !f.viaInternet {
			return fmt.Sprintf("%s is a private address, which only its VPC can reach", f.to)
		}
		return f.publicTarget()
	}
	s := a.subnets.get(f.source.Subnet)
	target := a.target(s, f.to)
	switch {
	case target == "":
		return fmt.Sprintf("no route from %s (%s) to %s", s.ID, s.CIDR, f.to)
	case target == "local":
		if f.target == nil {
			return fmt.Sprintf("no interface has the address %s", f.to)
		}
	case !strings.HasPrefix(target, "pcx-") && f.to.IsPrivate():
		return fmt.Sprintf("%s is a private address in no network that %s (%s) has a route to", f.to, s.ID, s.CIDR)
	case strings.HasPrefix(target, "igw-"):
		if !f.source.PublicIP.IsValid() {
			return fmt.Sprintf("%s is in the public subnet %s but has no public address, so the internet gateway drops its packets", f.from, s.ID)
		}
		if f.viaInternet {
			return f.publicTarget()
		}
	case strings.HasPrefix(target, "nat-"):
		if f.viaInternet {
			return f.publicTarget()
		}
	case strings.HasPrefix(target, "pcx-"):
		p := a.peerings.get(target)
		if p == nil || p.Status != "active" {
			return fmt.Sprintf("the route from %s to %s goes to the peering %s, which is not active", s.ID, f.to, target)
		}
		if f.target == nil {
			return fmt.Sprintf("no interface has the address %s", f.to)
		}
		back := a.subnets.get(f.target.Subnet)
		if a.target(back, f.from) != target {
			return fmt.Sprintf("no route back from %s (%s) to %s", back.ID, back.CIDR, f.from)
		}
	}
	return ""
}

func (f *flow) publicTarget() string {
	if s := f.state.subnets.get(f.target.Subnet); !f.state.isPublic(s) {
		return fmt.Sprintf("%s has a public address, but its subnet %s has no route to an internet gateway", f.target.ID, s.ID)
	}
	return ""
}

// admitting finds the first rule of an interface's groups that allows the flow.
func (f *flow) admitting(e *Interface, egress bool) (*rule, *SecurityGroup) {
	peer, address := f.source, f.from
	if egress {
		peer, address = f.target, f.to
	}
	if f.viaInternet {
		peer = nil
		if !egress && f.source != nil {
			address = natAddress
			if f.source.PublicIP.IsValid() {
				address = f.source.PublicIP
			}
		}
	}
	for _, id := range e.Groups {
		g := f.state.groups.get(id)
		if g == nil {
			continue
		}
		for _, r := range g.Rules {
			if r.Egress == egress && r.admits(f.protocol, f.port) && f.state.peerMatches(r, peer, address) {
				return r, g
			}
		}
	}
	return nil, nil
}

// admits reports whether a rule is for a protocol and port.
func (r *rule) admits(protocol string, port int) bool {
	switch {
	case r.Protocol == "-1":
		return true
	case r.Protocol != protocol:
		return false
	case protocol == "tcp" || protocol == "udp":
		return r.FromPort <= port && port <= r.ToPort
	}
	return true
}

// peerMatches reports whether the other side of a flow is the peer of a rule.
func (a *State) peerMatches(r *rule, peer *Interface, address netip.Addr) bool {
	switch {
	case r.Group != "":
		return peer != nil && slices.Contains(peer.Groups, r.Group)
	case r.PrefixList != "":
		l := a.prefixLists.get(r.PrefixList)
		return l != nil && slices.ContainsFunc(l.Entries, func(p netip.Prefix) bool { return p.Contains(address) })
	}
	p, err := netip.ParsePrefix(r.CIDR4 + r.CIDR6)
	return err == nil && p.Contains(address)
}

func (a *State) groupNames(e *Interface) string {
	var names []string
	for _, g := range a.groupRefs(e.Groups) {
		names = append(names, g.GroupID+" ("+g.GroupName+")")
	}
	return strings.Join(names, ", ")
}
