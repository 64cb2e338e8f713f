package ec2

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type interfaceXML struct {
	ID               string                     `xml:"networkInterfaceId"`
	SubnetID         string                     `xml:"subnetId,omitempty"`
	VpcID            string                     `xml:"vpcId"`
	AvailabilityZone string                     `xml:"availabilityZone,omitempty"`
	Description      string                     `xml:"description"`
	OwnerID          string                     `xml:"ownerId"`
	RequesterID      string                     `xml:"requesterId,omitempty"`
	RequesterManaged bool                       `xml:"requesterManaged"`
	Status           string                     `xml:"status"`
	MACAddress       string                     `xml:"macAddress"`
	PrivateIP        string                     `xml:"privateIpAddress"`
	PrivateDNSName   string                     `xml:"privateDnsName,omitempty"`
	SourceDestCheck  bool                       `xml:"sourceDestCheck"`
	InterfaceType    string                     `xml:"interfaceType"`
	GroupSet         wire.Items[groupRefXML]    `xml:"groupSet"`
	TagSet           *wire.Items[tags.Pair]     `xml:"tagSet"`
	PrivateIPs       wire.Items[privateIPXML]   `xml:"privateIpAddressesSet"`
	IPv6Addresses    wire.Items[ipv6XML]        `xml:"ipv6AddressesSet"`
	IPv4Prefixes     *wire.Items[ipv4PrefixXML] `xml:"ipv4PrefixSet"`
	Attachment       *attachmentXML             `xml:"attachment"`
	Association      *publicIPAssociationXML    `xml:"association"`
}

type groupRefXML struct {
	GroupID   string `xml:"groupId"`
	GroupName string `xml:"groupName"`
}

type privateIPXML struct {
	PrivateIP   string                  `xml:"privateIpAddress"`
	Primary     bool                    `xml:"primary"`
	Association *publicIPAssociationXML `xml:"association"`
}

type ipv6XML struct {
	IPv6Address string `xml:"ipv6Address"`
}

type ipv4PrefixXML struct {
	IPv4Prefix string `xml:"ipv4Prefix"`
}

type publicIPAssociationXML struct {
	PublicIP  string `xml:"publicIp"`
	IPOwnerID string `xml:"ipOwnerId"`
}

type attachmentXML struct {
	ID                  string    `xml:"attachmentId"`
	InstanceID          string    `xml:"instanceId,omitempty"`
	InstanceOwnerID     string    `xml:"instanceOwnerId,omitempty"`
	DeviceIndex         int       `xml:"deviceIndex"`
	NetworkCardIndex    int       `xml:"networkCardIndex"`
	Status              string    `xml:"status"`
	AttachTime          time.Time `xml:"attachTime"`
	DeleteOnTermination bool      `xml:"deleteOnTermination"`
}

func (a *State) interfaceXML(e *Interface) interfaceXML {
	pairs := e.Tags.Pairs()
	x := interfaceXML{
		ID: e.ID, SubnetID: e.Subnet, VpcID: e.VPC, Description: e.Description, OwnerID: a.AccountID,
		RequesterID: e.RequesterID, RequesterManaged: e.RequesterManaged, Status: e.Status, MACAddress: e.MAC,
		PrivateIP: e.PrivateIP.String(), PrivateDNSName: e.PrivateDNS, SourceDestCheck: e.SourceDestCheck, InterfaceType: e.Type,
		GroupSet: a.groupRefs(e.Groups), TagSet: &pairs, Attachment: e.attachmentXML(),
	}
	if s := a.subnets.get(e.Subnet); s != nil {
		x.AvailabilityZone = s.Zone
	}
	if e.PublicIP.IsValid() {
		x.Association = &publicIPAssociationXML{PublicIP: e.PublicIP.String(), IPOwnerID: "amazon"}
	}
	x.PrivateIPs = append(x.PrivateIPs, privateIPXML{PrivateIP: e.PrivateIP.String(), Primary: true, Association: x.Association})
	for _, ip := range e.Secondary {
		x.PrivateIPs = append(x.PrivateIPs, privateIPXML{PrivateIP: ip.String()})
	}
	for _, ip := range e.IPv6 {
		x.IPv6Addresses = append(x.IPv6Addresses, ipv6XML{ip.String()})
	}
	if len(e.Prefixes) > 0 {
		x.IPv4Prefixes = &wire.Items[ipv4PrefixXML]{}
		for _, p := range e.Prefixes {
			*x.IPv4Prefixes = append(*x.IPv4Prefixes, ipv4PrefixXML{p.String()})
		}
	}
	return x
}

func (e *Interface) attachmentXML() *attachmentXML {
	if e.Attachment == nil {
		return nil
	}
	at := e.Attachment
	return &attachmentXML{
		ID: at.ID, InstanceID: at.Instance, InstanceOwnerID: at.Owner, DeviceIndex: at.DeviceIndex, Status: at.Status,
		AttachTime: at.Time, DeleteOnTermination: at.DeleteOnTermination,
	}
}

func (a *State) groupRefs(ids []string) wire.Items[groupRefXML] {
	list := wire.Items[groupRefXML]{}
	for _, id := range ids {
		if g := a.groups.get(id); g != nil {
			list = append(list, groupRefXML{GroupID: id, GroupName: g.Name})
		}
	}
	return list
}

// Addresses are all IPv4 addresses of an interface.
func (e *Interface) Addresses() []netip.Addr {
	return append([]netip.Addr{e.PrivateIP}, e.Secondary...)
}

func (e *Interface) holds(ip netip.Addr) bool {
	return e.PrivateIP == ip || e.PublicIP.IsValid() && e.PublicIP == ip || slices.Contains(e.Secondary, ip) || slices.Contains(e.IPv6, ip) ||
		slices.ContainsFunc(e.Prefixes, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// AttachedTo is the instance that an interface is attached to, or empty.
func (e *Interface) AttachedTo() string {
	if e.Attachment == nil {
		return ""
	}
	return e.Attachment.Instance
}

func attached[T any](get func(*attachment) T, text func(T) string) func(*Interface) []string {
	return func(e *Interface) []string {
		if e.Attachment == nil {
			return nil
		}
		return []string{text(get(e.Attachment))}
	}
}

func same(s string) string { return s }

// interfaceFilters needs the account for what an interface's neighbours tell.
func (a *State) interfaceFilters() filterTable[*Interface] {
	return filterTable[*Interface]{
		missing: NoInterface,
		tags:    func(e *Interface) tags.Tags { return e.Tags },
		values: map[string]func(*Interface) []string{
			"network-interface-id": one(func(e *Interface) string { return e.ID }),
			"subnet-id":            one(func(e *Interface) string { return e.Subnet }),
			"vpc-id":               one(func(e *Interface) string { return e.VPC }),
			"availability-zone": one(func(e *Interface) string {
				if s := a.subnets.get(e.Subnet); s != nil {
					return s.Zone
				}
				return ""
			}),
			"description":        one(func(e *Interface) string { return e.Description }),
			"interface-type":     one(func(e *Interface) string { return e.Type }),
			"status":             one(func(e *Interface) string { return e.Status }),
			"mac-address":        one(func(e *Interface) string { return e.MAC }),
			"private-ip-address": one(func(e *Interface) string { return e.PrivateIP.String() }),
			"private-dns-name":   one(func(e *Interface) string { return e.PrivateDNS }),
			"owner-id":           one(func(*Interface) string { return a.AccountID }),
			"requester-id":       one(func(e *Interface) string { return e.RequesterID }),
			"requester-managed":  flag(func(e *Interface) bool { return e.RequesterManaged }),
			"source-dest-check":  flag(func(e *Interface) bool { return e.SourceDestCheck }),
			"group-id":           func(e *Interface) []string { return e.Groups },
			"group-name": func(e *Interface) (list []string) {
				for _, g := range a.groupRefs(e.Groups) {
					list = append(list, g.GroupName)
				}
				return list
			},
			"addresses.private-ip-address": func(e *Interface) []string { return Texts(e.Addresses()) },
			"addresses.primary": func(e *Interface) []string {
				if len(e.Secondary) > 0 {
					return []string{"true", "false"}
				}
				return []string{"true"}
			},
			"ipv6-addresses.ipv6-address":      func(e *Interface) []string { return Texts(e.IPv6) },
			"association.public-ip":            one(func(e *Interface) string { return AddrText(e.PublicIP) }),
			"addresses.association.public-ip":  one(func(e *Interface) string { return AddrText(e.PublicIP) }),
			"attachment.attachment-id":         attached(func(at *attachment) string { return at.ID }, same),
			"attachment.instance-id":           one(func(e *Interface) string { return e.AttachedTo() }),
			"attachment.instance-owner-id":     attached(func(at *attachment) string { return at.Owner }, same),
			"attachment.status":                attached(func(at *attachment) string { return at.Status }, same),
			"attachment.device-index":          attached(func(at *attachment) int { return at.DeviceIndex }, strconv.Itoa),
			"attachment.delete-on-termination": attached(func(at *attachment) bool { return at.DeleteOnTermination }, strconv.FormatBool),
		},
	}
}

// Texts are addresses as texts.
func Texts(list []netip.Addr) (out []string) {
	for _, ip := range list {
		out = append(out, ip.String())
	}
	return out
}

// AddrText is an address as a text, empty without one.
func AddrText(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

type describeInterfacesInput struct {
	query
	IDs []string `query:"NetworkInterfaceId"`
}

type describeInterfacesOutput struct {
	Set       wire.Items[interfaceXML] `xml:"networkInterfaceSet"`
	NextToken string                   `xml:"nextToken,omitempty"`
}

func describeNetworkInterfaces(a *State, _ wire.Caller, in *describeInterfacesInput) (*describeInterfacesOutput, error) {
	set, next, err := describe(a, &a.interfaces, a.interfaceFilters(), in.IDs, in.query, a.interfaceXML)
	return &describeInterfacesOutput{set, next}, err
}

// NoInterface is the error for an unknown interface.
func NoInterface(id string) error {
	return awserr.New("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", id)
}

// PublicAddress makes an address of the range for documentation, so that no
// real host is ever meant.
func (a *State) PublicAddress() netip.Addr {
	return netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + a.IDs.Random.UintN(254))})
}
