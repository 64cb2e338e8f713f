package ec2

import (
	"net/netip"
	"slices"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

type assignInput struct {
	interfaceInput
	Addresses         []string `query:"PrivateIpAddress"`
	Count             int      `query:"SecondaryPrivateIpAddressCount"`
	PrefixCount       int      `query:"Ipv4PrefixCount"`
	AllowReassignment bool
}

type assignOutput struct {
	InterfaceID string                    `xml:"networkInterfaceId"`
	Addresses   wire.Items[assignedXML]   `xml:"assignedPrivateIpAddressesSet"`
	Prefixes    wire.Items[ipv4PrefixXML] `xml:"assignedIpv4PrefixSet"`
	Return      bool                      `xml:"return"`
}

type assignedXML struct {
	Address string `xml:"privateIpAddress"`
}

func assignPrivateIPAddresses(a *State, _ wire.Caller, in *assignInput) (*assignOutput, error) {
	e, err := in.find(a)
	if err != nil {
		return nil, err
	}
	var wanted []netip.Addr
	for _, text := range in.Addresses {
		ip, err := netip.ParseAddr(text)
		if err != nil || !ip.Is4() {
			return nil, awserr.New("InvalidParameterValue", "invalid value for parameter address: %s", text)
		}
		wanted = append(wanted, ip)
	}
	for range in.Count {
		wanted = append(wanted, netip.Addr{})
	}
	given, err := a.Assign(e, wanted)
	if err != nil {
		return nil, err
	}
	before := len(e.Prefixes)
	if err := a.addPrefixes(e, in.PrefixCount); err != nil {
		return nil, err
	}
	out := &assignOutput{InterfaceID: e.ID, Return: true}
	for _, ip := range given {
		out.Addresses = append(out.Addresses, assignedXML{ip.String()})
	}
	for _, p := range e.Prefixes[before:] {
		out.Prefixes = append(out.Prefixes, ipv4PrefixXML{p.String()})
	}
	return out, nil
}

// Assign gives an interface secondary addresses: those wanted, any where a
// wanted one is not valid; all or none.
func (a *State) Assign(e *Interface, wanted []netip.Addr) ([]netip.Addr, error) {
	if most := a.AddressLimit(e); 1+len(e.Secondary)+len(e.Prefixes)+len(wanted) > most {
		return nil, awserr.New("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")
	}
	s := a.subnets.get(e.Subnet)
	var given []netip.Addr
	for _, want := range wanted {
		ip, err := s.take(a.IDs, want)
		if err != nil {
			for _, back := range given {
				s.Release(back)
			}
			return nil, err
		}
		given = append(given, ip)
	}
	e.Secondary = append(e.Secondary, given...)
	return given, nil
}

// AddressLimit is how many IPv4 addresses, or prefixes in their place, an
// interface takes on its instance.
func (a *State) AddressLimit(e *Interface) int {
	const detached = 50
	i := a.instances.get(e.AttachedTo())
	if i == nil {
		return detached
	}
	if l := limits.Limits[i.Type]; l != nil {
		return l.IPv4PerInterface
	}
	return detached
}

// addPrefixes gives an interface /28 blocks of its subnet.
func (a *State) addPrefixes(e *Interface, count int) error {
	const bits = 28
	s := a.subnets.get(e.Subnet)
	for range count {
		found := false
		for n := 16; n+16 < s.size() && !found; n += 16 {
			p := netip.PrefixFrom(s.at(n), bits)
			free := true
			for ip := p.Addr(); p.Contains(ip); ip = ip.Next() {
				free = free && !s.used[ip]
			}
			if !free {
				continue
			}
			for ip := p.Addr(); p.Contains(ip); ip = ip.Next() {
				s.used[ip] = true
			}
			e.Prefixes = append(e.Prefixes, p)
			found = true
		}
		if !found {
			return awserr.New("InsufficientCidrBlocks", "The specified subnet does not have enough free cidr blocks to satisfy the request.")
		}
	}
	return nil
}

type unassignInput struct {
	interfaceInput
	Addresses []string `query:"PrivateIpAddress"`
	Prefixes  []string `query:"Ipv4Prefix"`
}

func unassignPrivateIPAddresses(a *State, _ wire.Caller, in *unassignInput) (*done, error) {
	e, err := in.find(a)
	if err != nil {
		return nil, err
	}
	s := a.subnets.get(e.Subnet)
	have := Texts(e.Secondary)
	for _, text := range in.Addresses {
		if !slices.Contains(have, text) {
			return nil, awserr.New("InvalidParameterValue", "Some of [%s] are not assigned to interface %s", text, e.ID)
		}
	}
	for _, text := range in.Prefixes {
		if !slices.ContainsFunc(e.Prefixes, func(p netip.Prefix) bool { return p.String() == text }) {
			return nil, awserr.New("InvalidParameterValue", "Some of [%s] are not assigned to interface %s", text, e.ID)
		}
	}
	e.Secondary = slices.DeleteFunc(e.Secondary, func(ip netip.Addr) bool {
		gone := slices.Contains(in.Addresses, ip.String())
		if gone {
			s.Release(ip)
		}
		return gone
	})
	e.Prefixes = slices.DeleteFunc(e.Prefixes, func(p netip.Prefix) bool {
		gone := slices.Contains(in.Prefixes, p.String())
		for ip := p.Addr(); gone && p.Contains(ip); ip = ip.Next() {
			s.Release(ip)
		}
		return gone
	})
	return succeeded, nil
}
