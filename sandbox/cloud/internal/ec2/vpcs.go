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
	missing: noVPC,
	tags:    func(v *VPC) tags.Tags { return v.Tags },
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
	query
	VpcIDs []string `query:"VpcId"`
}

type describeVpcsOutput struct {
	VpcSet    wire.Items[vpcXML] `xml:"vpcSet"`
	NextToken string             `xml:"nextToken,omitempty"`
}

func describeVpcs(a *State, _ wire.Caller, in *describeVpcsInput) (*describeVpcsOutput, error) {
	set, next, err := describe(a, &a.vpcs, vpcFilters, in.VpcIDs, in.query, a.vpcXML)
	return &describeVpcsOutput{set, next}, err
}

func (a *State) vpcXML(v *VPC) vpcXML {
	unique := v.ID[len(v.ID)-17:]
	x := vpcXML{
		VpcID: v.ID, OwnerID: a.AccountID, State: "available", CidrBlock: v.CIDR.String(),
		DhcpOptionsID: "dopt-" + unique, InstanceTenancy: "default", TagSet: v.Tags.Pairs(),
		CidrBlockAssociationSet: wire.Items[cidrXML]{{
			AssociationID: "vpc-cidr-assoc-" + unique, CidrBlock: v.CIDR.String(), V4State: &stateXML{"associated"},
		}},
	}
	if v.IPv6CIDR.IsValid() {
		x.Ipv6CidrBlockSet = wire.Items[cidrXML]{{
			AssociationID: "vpc-cidr-assoc-" + unique + "6", Ipv6CidrBlock: v.IPv6CIDR.String(), V6State: &stateXML{"associated"},
		}}
	}
	return x
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

type modifyVpcAttributeInput struct {
	VpcID        string     `query:"VpcId,required"`
	DNSSupport   *boolValue `query:"EnableDnsSupport"`
	DNSHostnames *boolValue `query:"EnableDnsHostnames"`
}

// modifyVpcAttribute changes one attribute: EC2 refuses two in one call.
func modifyVpcAttribute(a *State, _ wire.Caller, in *modifyVpcAttributeInput) (*done, error) {
	v := a.vpcs.get(in.VpcID)
	if v == nil {
		return nil, noVPC(in.VpcID)
	}
	switch {
	case in.DNSSupport != nil && in.DNSHostnames != nil:
		return nil, awserr.New("InvalidParameterCombination", "Fields for multiple attribute types specified")
	case in.DNSSupport != nil:
		v.DNSSupport = in.DNSSupport.Value
	case in.DNSHostnames != nil:
		v.DNSHostnames = in.DNSHostnames.Value
	default:
		return nil, awserr.New("InvalidParameterCombination", "No attributes specified.")
	}
	return succeeded, nil
}

// ResolverAnswers reports whether the resolver of the VPC that an address
// belongs to answers: its attribute enableDnsSupport is on.
func (a *Service) ResolverAnswers(from netip.Addr) bool {
	a.state.Lock()
	defer a.state.Unlock()
	e := a.state.interfaceOf(from)
	if e == nil {
		return true
	}
	v := a.state.vpcs.get(e.VPC)
	return v == nil || v.DNSSupport
}

func noVPC(id string) error {
	return awserr.New("InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id)
}

// PrefixText is a block as a text, empty without one.
func PrefixText(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}
