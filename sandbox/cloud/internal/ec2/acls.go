package ec2

import (
	"maps"
	"net/netip"
	"slices"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type aclXML struct {
	NetworkACLID   string                        `xml:"networkAclId"`
	VpcID          string                        `xml:"vpcId"`
	OwnerID        string                        `xml:"ownerId"`
	Default        bool                          `xml:"default"`
	EntrySet       wire.Items[aclEntryXML]       `xml:"entrySet"`
	AssociationSet wire.Items[aclAssociationXML] `xml:"associationSet"`
	TagSet         wire.Items[tags.Pair]         `xml:"tagSet"`
}

type aclEntryXML struct {
	RuleNumber    int           `xml:"ruleNumber"`
	Protocol      string        `xml:"protocol"`
	RuleAction    string        `xml:"ruleAction"`
	Egress        bool          `xml:"egress"`
	CidrBlock     string        `xml:"cidrBlock,omitempty"`
	Ipv6CidrBlock string        `xml:"ipv6CidrBlock,omitempty"`
	PortRange     *portRangeXML `xml:"portRange"`
}

type portRangeXML struct {
	From int `xml:"from"`
	To   int `xml:"to"`
}

type aclAssociationXML struct {
	AssociationID string `xml:"networkAclAssociationId"`
	NetworkACLID  string `xml:"networkAclId"`
	SubnetID      string `xml:"subnetId"`
}

var aclFilters = filterTable[*networkACL]{
	missing: noACL,
	tags:    func(l *networkACL) tags.Tags { return l.Tags },
	values: map[string]func(*networkACL) []string{
		"network-acl-id":             one(func(l *networkACL) string { return l.ID }),
		"association.network-acl-id": one(func(l *networkACL) string { return l.ID }),
		"vpc-id":                     one(func(l *networkACL) string { return l.VPC }),
		"default":                    flag(func(l *networkACL) bool { return l.Default }),
		"association.subnet-id":      func(l *networkACL) []string { return slices.Sorted(maps.Keys(l.Subnets)) },
	},
}

type describeNetworkACLsInput struct {
	query
	NetworkACLIDs []string `query:"NetworkAclId"`
}

type describeNetworkACLsOutput struct {
	NetworkACLSet wire.Items[aclXML] `xml:"networkAclSet"`
	NextToken     string             `xml:"nextToken,omitempty"`
}

func describeNetworkACLs(a *State, _ wire.Caller, in *describeNetworkACLsInput) (*describeNetworkACLsOutput, error) {
	set, next, err := describe(a, &a.acls, aclFilters, in.NetworkACLIDs, in.query, a.aclXML)
	return &describeNetworkACLsOutput{set, next}, err
}

func (a *State) aclXML(l *networkACL) aclXML {
	x := aclXML{NetworkACLID: l.ID, VpcID: l.VPC, OwnerID: a.AccountID, Default: l.Default, TagSet: l.Tags.Pairs()}
	for _, id := range slices.Sorted(maps.Keys(l.Subnets)) {
		x.AssociationSet = append(x.AssociationSet, aclAssociationXML{AssociationID: l.Subnets[id], NetworkACLID: l.ID, SubnetID: id})
	}
	for _, e := range l.Entries {
		x.EntrySet = append(x.EntrySet, e.xml())
	}
	return x
}

func (e aclEntry) xml() aclEntryXML {
	x := aclEntryXML{RuleNumber: e.Number, Protocol: e.Protocol, RuleAction: "deny", Egress: e.Egress}
	if e.Allow {
		x.RuleAction = "allow"
	}
	if e.CIDR.Addr().Is4() {
		x.CidrBlock = e.CIDR.String()
	} else {
		x.Ipv6CidrBlock = e.CIDR.String()
	}
	if e.Protocol == "6" || e.Protocol == "17" {
		x.PortRange = &portRangeXML{e.FromPort, e.ToPort}
	}
	return x
}

// lastACLRule is the number of the rule that no one can remove: deny all.
const lastACLRule = 32767

// openACL are the entries of a VPC's default network ACL: everything is allowed.
// There are entries for IPv6 only if the VPC has such a range.
func openACL(v *VPC) []aclEntry {
	everywhere := []string{"0.0.0.0/0"}
	if v.IPv6CIDR.IsValid() {
		everywhere = append(everywhere, "::/0")
	}
	var list []aclEntry
	for _, egress := range []bool{true, false} {
		for i, cidr := range everywhere {
			p := netip.MustParsePrefix(cidr)
			list = append(list,
				aclEntry{Number: 100 + i, Egress: egress, Protocol: "-1", Allow: true, CIDR: p},
				aclEntry{Number: lastACLRule + i, Egress: egress, Protocol: "-1", CIDR: p})
		}
	}
	return list
}

// aclOf returns the network ACL of a subnet.
func (a *State) aclOf(s *Subnet) *networkACL {
	for l := range a.acls.each() {
		if _, ok := l.Subnets[s.ID]; ok {
			return l
		}
	}
	return nil
}

func noACL(id string) error {
	return awserr.New("InvalidNetworkAclID.NotFound", "The networkAcl ID '%s' does not exist", id)
}
