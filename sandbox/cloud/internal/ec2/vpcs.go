package ec2

import (
	"net/netip"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type vpcXML struct {
	VpcID                   string                `xml:"vpcId"`
	OwnerID                 string                `xml:"ownerId"`
	State                   string                `xml:"state"`
	CidrBlock               string                `xml:"cidrBlock"`
	CidrBlockAssociationSet wire.Items[cidrXML]   `xml:"cidrBlockAssociationSet"`
	Ipv6CidrBlockSet        wire.Items[cidrXML]   `xml:"ipv6CidrBlockAssociationSet"`
	DhcpOptionsID           string                `xml:"dhcpOptionsId"`
	InstanceTenancy         string                `xml:"instanceTenancy"`
	IsDefault               bool                  `xml:"isDefault"`
	TagSet                  wire.Items[tags.Pair] `xml:"tagSet"`
}

type cidrXML struct {
	AssociationID string    `xml:"associationId"`
	CidrBlock     string    `xml:"cidrBlock,omitempty"`
	Ipv6CidrBlock string    `xml:"ipv6CidrBlock,omitempty"`
	V4State       *stateXML `xml:"cidrBlockState"`
	V6State       *stateXML `xml:"ipv6CidrBlockState"`
}

type stateXML struct {
	State string `xml:"state"`
}

var vpcFilters = filterTable[*VPC]{
	tags: func(v *VPC) tags.Tags { return v.Tags },
	values: map[string]func(*VPC) []string{
		"vpc-id":                            one(func(v *VPC) string { return v.ID }),
		"cidr":                              one(func(v *VPC) string { return v.CIDR.String() }),
		"cidr-block-association.cidr-block": one(func(v *VPC) string { return v.CIDR.String() }),
		"state":                             one(func(*VPC) string { return "available" }),
		"is-default":                        flag(func(*VPC) bool { return false }),
		"ipv6-cidr-block-association.ipv6-cidr-block": one(func(v *VPC) string { return PrefixText(v.IPv6CIDR) }),
	},
}

type describeVpcsInput struct {
	dryRun
	paging
	VpcIDs  []string `query:"VpcId"`
	Filters []filter `query:"Filter"`
}

type describeVpcsOutput struct {
	VpcSet    wire.Items[vpcXML] `xml:"vpcSet"`
	NextToken string             `xml:"nextToken,omitempty"`
}

func describeVpcs(a *State, _ wire.Caller, in *describeVpcsInput) (*describeVpcsOutput, error) {
	list, err := selectObjects(&a.vpcs, in.VpcIDs, in.Filters, vpcFilters, noVPC)
	if err != nil {
		return nil, err
	}
	list, next, err := page(a, list, in.paging, 1000, len(in.VpcIDs))
	if err != nil {
		return nil, err
	}
	out := &describeVpcsOutput{NextToken: next}
	for _, v := range list {
		x := vpcXML{
			VpcID: v.ID, OwnerID: a.AccountID, State: "available", CidrBlock: v.CIDR.String(),
			DhcpOptionsID: "dopt-" + v.ID[len(v.ID)-17:], InstanceTenancy: "default", TagSet: v.Tags.Pairs(),
			CidrBlockAssociationSet: wire.Items[cidrXML]{{
				AssociationID: "vpc-cidr-assoc-" + v.ID[len(v.ID)-17:], CidrBlock: v.CIDR.String(), V4State: &stateXML{"associated"},
			}},
		}
		if v.IPv6CIDR.IsValid() {
			x.Ipv6CidrBlockSet = wire.Items[cidrXML]{{
				AssociationID: "vpc-cidr-assoc-" + v.ID[len(v.ID)-17:] + "6", Ipv6CidrBlock: v.IPv6CIDR.String(), V6State: &stateXML{"associated"},
			}}
		}
		out.VpcSet = append(out.VpcSet, x)
	}
	return out, nil
}

type describeVpcAttributeInput struct {
	dryRun
	VpcID     string `query:"VpcId,required"`
	Attribute string `query:"Attribute,required"`
}

type describeVpcAttributeOutput struct {
	VpcID        string   `xml:"vpcId"`
	DNSSupport   *boolXML `xml:"enableDnsSupport"`
	DNSHostnames *boolXML `xml:"enableDnsHostnames"`
	UsageMetrics *boolXML `xml:"enableNetworkAddressUsageMetrics"`
}

type boolXML struct {
	Value bool `xml:"value"`
}

func describeVpcAttribute(a *State, _ wire.Caller, in *describeVpcAttributeInput) (*describeVpcAttributeOutput, error) {
	v := a.vpcs.get(in.VpcID)
	if v == nil {
		return nil, noVPC(in.VpcID)
	}
	out := &describeVpcAttributeOutput{VpcID: v.ID}
	switch in.Attribute {
	case "enableDnsSupport":
		out.DNSSupport = &boolXML{v.DNSSupport}
	case "enableDnsHostnames":
		out.DNSHostnames = &boolXML{v.DNSHostnames}
	case "enableNetworkAddressUsageMetrics":
		out.UsageMetrics = &boolXML{}
	default:
		return nil, awserr.New("InvalidParameterValue", "Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
	}
	return out, nil
}

func noVPC(id string) error {
	return awserr.New("InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id)
}

// selectObjects is what every describe action begins with: the objects of the
// given ids, or all, that pass the filters. An unknown id is an error.
func selectObjects[T any](from *table[T], ids []string, filters []filter, known filterTable[T], missing func(id string) error) ([]T, error) {
	if err := known.check(filters); err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		if !from.has(id) {
			return nil, missing(id)
		}
		wanted[id] = true
	}
	list := []T{}
	for _, id := range from.order {
		object := from.byID[id]
		if (len(ids) == 0 || wanted[id]) && known.matches(filters, object) {
			list = append(list, object)
		}
	}
	return list, nil
}

func PrefixText(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}
