package ec2

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/ids"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type subnetXML struct {
	SubnetID                string                `xml:"subnetId"`
	SubnetArn               string                `xml:"subnetArn"`
	VpcID                   string                `xml:"vpcId"`
	OwnerID                 string                `xml:"ownerId"`
	State                   string                `xml:"state"`
	CidrBlock               string                `xml:"cidrBlock"`
	Ipv6CidrBlockSet        wire.Items[cidrXML]   `xml:"ipv6CidrBlockAssociationSet"`
	AvailableIPAddressCount int                   `xml:"availableIpAddressCount"`
	AvailabilityZone        string                `xml:"availabilityZone"`
	AvailabilityZoneID      string                `xml:"availabilityZoneId"`
	DefaultForAz            bool                  `xml:"defaultForAz"`
	MapPublicIPOnLaunch     bool                  `xml:"mapPublicIpOnLaunch"`
	AssignIpv6OnCreation    bool                  `xml:"assignIpv6AddressOnCreation"`
	Ipv6Native              bool                  `xml:"ipv6Native"`
	OutpostArn              string                `xml:"outpostArn,omitempty"`
	TagSet                  wire.Items[tags.Pair] `xml:"tagSet"`
}

func (a *State) subnetXML(s *Subnet) subnetXML {
	x := subnetXML{
		SubnetID: s.ID, SubnetArn: a.ARN("ec2", "subnet/"+s.ID), VpcID: s.VPC, OwnerID: a.AccountID, State: "available",
		CidrBlock: s.CIDR.String(), AvailableIPAddressCount: s.free(), AvailabilityZone: s.Zone, AvailabilityZoneID: s.ZoneID,
		MapPublicIPOnLaunch: s.MapPublicIP, AssignIpv6OnCreation: s.AssignIPv6, OutpostArn: s.OutpostARN, TagSet: s.Tags.Pairs(),
	}
	if s.IPv6CIDR.IsValid() {
		x.Ipv6CidrBlockSet = wire.Items[cidrXML]{{
			AssociationID: "subnet-cidr-assoc-" + s.ID[len(s.ID)-17:], Ipv6CidrBlock: s.IPv6CIDR.String(), V6State: &stateXML{"associated"},
		}}
	}
	return x
}

var subnetFilters = filterTable[*Subnet]{
	missing: NoSubnet,
	tags:    func(s *Subnet) tags.Tags { return s.Tags },
	values: map[string]func(*Subnet) []string{
		"subnet-id":                  one(func(s *Subnet) string { return s.ID }),
		"vpc-id":                     one(func(s *Subnet) string { return s.VPC }),
		"availability-zone":          one(func(s *Subnet) string { return s.Zone }),
		"availabilityZone":           one(func(s *Subnet) string { return s.Zone }),
		"availability-zone-id":       one(func(s *Subnet) string { return s.ZoneID }),
		"cidr-block":                 one(func(s *Subnet) string { return s.CIDR.String() }),
		"cidrBlock":                  one(func(s *Subnet) string { return s.CIDR.String() }),
		"state":                      one(func(*Subnet) string { return "available" }),
		"default-for-az":             flag(func(*Subnet) bool { return false }),
		"map-public-ip-on-launch":    flag(func(s *Subnet) bool { return s.MapPublicIP }),
		"available-ip-address-count": one(func(s *Subnet) string { return strconv.Itoa(s.free()) }),
	},
}

type describeSubnetsInput struct {
	query
	SubnetIDs []string `query:"SubnetId"`
}

type describeSubnetsOutput struct {
	SubnetSet wire.Items[subnetXML] `xml:"subnetSet"`
	NextToken string                `xml:"nextToken,omitempty"`
}

func describeSubnets(a *State, _ wire.Caller, in *describeSubnetsInput) (*describeSubnetsOutput, error) {
	set, next, err := describe(a, &a.subnets, subnetFilters, in.SubnetIDs, in.query, a.subnetXML)
	return &describeSubnetsOutput{set, next}, err
}

// NoSubnet is the error for an unknown subnet.
func NoSubnet(id string) error {
	return awserr.New("InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", id)
}

// AWS keeps the first four addresses of a subnet and the last one.
const reservedFirst, reservedTotal = 4, 5

func (s *Subnet) size() int { return 1 << (32 - s.CIDR.Bits()) }

// free is how many private addresses can still be given out.
func (s *Subnet) free() int {
	if s.full {
		return 0
	}
	return s.size() - reservedTotal - len(s.used)
}

// take gives out a private address: the wanted one, or any free one if wanted
// is not valid.
func (s *Subnet) take(ids *ids.Source, wanted netip.Addr) (netip.Addr, error) {
	if wanted.IsValid() {
		switch {
		case !s.CIDR.Contains(wanted) || s.offset(wanted) < reservedFirst || s.offset(wanted) == s.size()-1:
			return netip.Addr{}, awserr.New("InvalidParameterValue", "Address %s does not fall within the subnet's address range", wanted)
		case s.used[wanted]:
			return netip.Addr{}, awserr.New("InvalidIPAddress.InUse", "Address %s is in use.", wanted)
		}
		s.used[wanted] = true
		return wanted, nil
	}
	if s.free() == 0 {
		return netip.Addr{}, awserr.New("InsufficientFreeAddressesInSubnet", "The specified subnet does not have enough free addresses to satisfy the request.")
	}
	// As in AWS, addresses come in no order. Probing from a random place ends
	// because one is free.
	span := s.size() - reservedTotal
	for i := ids.Random.IntN(span); ; i++ {
		addr := s.at(reservedFirst + i%span)
		if !s.used[addr] {
			s.used[addr] = true
			return addr, nil
		}
	}
}

// Release takes a private address back.
func (s *Subnet) Release(addr netip.Addr) { delete(s.used, addr) }

func (s *Subnet) at(n int) netip.Addr {
	base := s.CIDR.Addr().As4()
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(base[:])+uint32(n))
	return netip.AddrFrom4(b)
}

func (s *Subnet) offset(addr netip.Addr) int {
	base, b := s.CIDR.Addr().As4(), addr.As4()
	return int(binary.BigEndian.Uint32(b[:]) - binary.BigEndian.Uint32(base[:]))
}

// takeIPv6 makes an IPv6 address in the subnet's block.
func (s *Subnet) takeIPv6(ids *ids.Source) netip.Addr {
	b := s.IPv6CIDR.Addr().As16()
	binary.BigEndian.PutUint64(b[8:], ids.Random.Uint64())
	return netip.AddrFrom16(b)
}
