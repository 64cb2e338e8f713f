package ec2

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
)

// VPCSpec describes a VPC to make.
type VPCSpec struct {
	Name            string
	CIDR            string // default 192.168.0.0/16
	IPv6            bool   // give it an IPv6 block
	InternetGateway bool
	NoDNS           bool // switch enableDnsSupport and enableDnsHostnames off
	Tags            map[string]string
}

// AddVPC makes a VPC with its default security group, its default network ACL
// and its main route table.
func (a *Service) AddVPC(spec VPCSpec) (id string, err error) {
	cidr, err := netip.ParsePrefix(cmp.Or(spec.CIDR, "192.168.0.0/16"))
	if err != nil || !cidr.Addr().Is4() {
		return "", fmt.Errorf("add VPC %q: %q is not an IPv4 block", spec.Name, spec.CIDR)
	}
	a.state.Lock()
	defer a.state.Unlock()
	v := &VPC{ID: a.state.IDs.EC2("vpc"), CIDR: cidr.Masked(), DNSSupport: !spec.NoDNS, DNSHostnames: !spec.NoDNS, Tags: named(spec.Name, spec.Tags)}
	if spec.IPv6 {
		v.IPv6CIDR = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x26, 0x00, 0x1f, 0x14, byte(a.state.IDs.Random.UintN(256)), byte(a.state.IDs.Random.UintN(256)), 0x33}), 56).Masked()
	}
	if spec.InternetGateway {
		v.InternetGateway = a.state.IDs.EC2("igw")
	}
	a.state.vpcs.add(v.ID, v)
	g := a.state.NewGroup(v.ID, "default", "default VPC security group", tags.Tags{})
	a.state.AdmitItself(g)
	l := &networkACL{ID: a.state.IDs.EC2("acl"), VPC: v.ID, Default: true, Subnets: map[string]string{}, Entries: openACL(v), Tags: tags.Tags{}}
	a.state.acls.add(l.ID, l)
	t := &routeTable{ID: a.state.IDs.EC2("rtb"), VPC: v.ID, Main: true, Subnets: map[string]string{}, Routes: v.localRoutes(), Tags: tags.Tags{}}
	a.state.routeTables.add(t.ID, t)
	return v.ID, nil
}

func (v *VPC) localRoutes() []route {
	routes := []route{{v.CIDR, "local"}}
	if v.IPv6CIDR.IsValid() {
		routes = append(routes, route{v.IPv6CIDR, "local"})
	}
	return routes
}

// named are tags with a Name.
func named(name string, t map[string]string) tags.Tags {
	all := tags.Copy(t)
	if name != "" {
		all["Name"] = name
	}
	return all
}

// SubnetSpec describes a subnet to make.
type SubnetSpec struct {
	VPC         string
	Name        string
	CIDR        string
	Zone        string // a letter, such as "a", or the full name of a zone or Local Zone
	OutpostARN  string // the Outpost that it is on
	MapPublicIP bool
	AssignIPv6  bool // give it an IPv6 block of the VPC's and assign addresses of it
	Tags        map[string]string
}

// AddSubnet makes a subnet. It uses the VPC's main route table and default
// network ACL until AddRouteTable and AddNetworkACL say otherwise.
func (a *Service) AddSubnet(spec SubnetSpec) (id string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	v := a.state.vpcs.get(spec.VPC)
	if v == nil {
		return "", noVPC(spec.VPC)
	}
	cidr, err := netip.ParsePrefix(spec.CIDR)
	if err != nil || !v.CIDR.Contains(cidr.Addr()) || cidr.Bits() < v.CIDR.Bits() || cidr.Bits() > 28 {
		return "", awserr.New("InvalidSubnet.Range", "The CIDR '%s' is invalid.", spec.CIDR)
	}
	n := byte(0)
	for _, other := range a.state.subnets.all() {
		if other.VPC != v.ID {
			continue
		}
		n++
		if other.CIDR.Overlaps(cidr) {
			return "", awserr.New("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", spec.CIDR)
		}
	}
	zone := spec.Zone
	if len(zone) == 1 {
		zone = a.state.Region + zone
	}
	if rest, ok := strings.CutPrefix(zone, a.state.Region); !ok || len(rest) != 1 && !strings.HasPrefix(rest, "-") {
		return "", awserr.New("InvalidParameterValue", "Value (%s) for parameter availabilityZone is invalid.", spec.Zone)
	}
	s := &Subnet{
		ID: a.state.IDs.EC2("subnet"), VPC: v.ID, Zone: zone, ZoneID: zoneID(a.state.Region, zone), CIDR: cidr.Masked(), MapPublicIP: spec.MapPublicIP,
		OutpostARN: spec.OutpostARN, Tags: named(spec.Name, spec.Tags), used: map[netip.Addr]bool{},
	}
	if spec.AssignIPv6 && v.IPv6CIDR.IsValid() {
		block := v.IPv6CIDR.Addr().As16()
		block[7] = n
		s.IPv6CIDR, s.AssignIPv6 = netip.PrefixFrom(netip.AddrFrom16(block), 64), true
	}
	a.state.subnets.add(s.ID, s)
	for _, l := range a.state.acls.all() {
		if l.VPC == v.ID && l.Default {
			l.Subnets[s.ID] = a.state.IDs.EC2("aclassoc")
		}
	}
	return s.ID, nil
}

// zoneID shortens a region's name as AWS does: us-west-2a is usw2-az1.
func zoneID(region, zone string) string {
	parts := strings.Split(region, "-")
	short := parts[0]
	for _, p := range parts[1 : len(parts)-1] {
		short += p[:1]
	}
	return fmt.Sprintf("%s%s-az%d", short, parts[len(parts)-1], zone[len(zone)-1]-'a'+1)
}

// FillSubnet makes a subnet have no free address left, or frees them again.
func (a *Service) FillSubnet(id string, full bool) error {
	a.state.Lock()
	defer a.state.Unlock()
	s := a.state.subnets.get(id)
	if s == nil {
		return NoSubnet(id)
	}
	s.full = full
	return nil
}

// RouteSpec is a route of a route table. Target is an id, or one of the words
// "internet" (the VPC's internet gateway) and "nat" (a new NAT gateway).
type RouteSpec struct{ Destination, Target string }

// AddRouteTable makes a route table with the VPC's local route and these, and
// associates subnets with it.
func (a *Service) AddRouteTable(vpcID, name string, subnets []string, routes ...RouteSpec) (id string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	v := a.state.vpcs.get(vpcID)
	if v == nil {
		return "", noVPC(vpcID)
	}
	t := &routeTable{ID: a.state.IDs.EC2("rtb"), VPC: vpcID, Subnets: map[string]string{}, Routes: v.localRoutes(), Tags: named(name, nil)}
	for _, r := range routes {
		if err := a.state.addRoute(t, r); err != nil {
			return "", err
		}
	}
	for _, s := range subnets {
		for _, other := range a.state.routeTables.all() {
			delete(other.Subnets, s)
		}
		t.Subnets[s] = a.state.IDs.EC2("rtbassoc")
	}
	a.state.routeTables.add(t.ID, t)
	return t.ID, nil
}

func (a *State) addRoute(t *routeTable, r RouteSpec) error {
	p, err := netip.ParsePrefix(r.Destination)
	if err != nil {
		return fmt.Errorf("add route to %q: %w", r.Destination, err)
	}
	target := r.Target
	switch target {
	case "internet":
		if target = a.vpcs.get(t.VPC).InternetGateway; target == "" {
			return fmt.Errorf("add route to %q: %s has no internet gateway", r.Destination, t.VPC)
		}
	case "nat":
		target = a.IDs.EC2("nat")
	}
	t.Routes = append(t.Routes, route{p.Masked(), target})
	return nil
}

// ACLEntry is an entry of a network ACL. Protocol is a number, a name that EC2
// knows or -1; the ports are for TCP and UDP.
type ACLEntry struct {
	Number           int
	Egress, Allow    bool
	Protocol, CIDR   string
	FromPort, ToPort int
}

// AddNetworkACL makes a network ACL with these entries, which are asked before
// the last one that denies all, and associates subnets with it.
func (a *Service) AddNetworkACL(vpcID, name string, subnets []string, entries ...ACLEntry) (id string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	v := a.state.vpcs.get(vpcID)
	if v == nil {
		return "", noVPC(vpcID)
	}
	l := &networkACL{ID: a.state.IDs.EC2("acl"), VPC: vpcID, Subnets: map[string]string{}, Tags: named(name, nil)}
	for _, e := range openACL(v) {
		if e.Number >= lastACLRule {
			l.Entries = append(l.Entries, e)
		}
	}
	for _, e := range entries {
		cidr, err := netip.ParsePrefix(e.CIDR)
		if err != nil {
			return "", fmt.Errorf("add network ACL %q: %w", name, err)
		}
		protocol := e.Protocol
		for number, text := range protocolNames {
			if text == protocol {
				protocol = number
			}
		}
		l.Entries = append(l.Entries, aclEntry{
			Number: e.Number, Egress: e.Egress, Allow: e.Allow, Protocol: protocol, CIDR: cidr.Masked(), FromPort: e.FromPort, ToPort: e.ToPort,
		})
	}
	slices.SortStableFunc(l.Entries, func(x, y aclEntry) int { return x.Number - y.Number })
	for _, s := range subnets {
		for _, other := range a.state.acls.all() {
			delete(other.Subnets, s)
		}
		l.Subnets[s] = a.state.IDs.EC2("aclassoc")
	}
	a.state.acls.add(l.ID, l)
	return l.ID, nil
}

// AddPeering joins two VPCs of the account. The status is "active" unless
// another is given. Routes are not added.
func (a *Service) AddPeering(requester, accepter, status string) (id string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	for _, v := range []string{requester, accepter} {
		if !a.state.vpcs.has(v) {
			return "", noVPC(v)
		}
	}
	p := &peering{ID: a.state.IDs.EC2("pcx"), Requester: requester, Accepter: accepter, Status: cmp.Or(status, "active"), RemoteDNS: true, Tags: tags.Tags{}}
	a.state.peerings.add(p.ID, p)
	return p.ID, nil
}

// AddPrefixList makes a customer managed prefix list.
func (a *Service) AddPrefixList(name string, cidrs ...string) (id string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	l := &prefixList{ID: a.state.IDs.EC2("pl"), Name: name, Owner: a.state.AccountID, Family: "IPv4", MaxEntries: max(len(cidrs), 10), Tags: tags.Tags{}}
	for _, c := range cidrs {
		p, err := netip.ParsePrefix(c)
		if err != nil {
			return "", fmt.Errorf("add prefix list %q: %w", name, err)
		}
		l.Entries = append(l.Entries, p.Masked())
	}
	a.state.prefixLists.add(l.ID, l)
	return l.ID, nil
}

// SetVPCDNS switches the VPC's attributes enableDnsSupport and enableDnsHostnames.
func (a *Service) SetVPCDNS(vpcID string, support, hostnames bool) error {
	a.state.Lock()
	defer a.state.Unlock()
	v := a.state.vpcs.get(vpcID)
	if v == nil {
		return noVPC(vpcID)
	}
	v.DNSSupport, v.DNSHostnames = support, hostnames
	return nil
}
