package ec2

import (
	"fmt"
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

// permissionXML is the form of DescribeSecurityGroups: rules with the same
// protocol and ports are one permission.
type permissionXML struct {
	IPProtocol    string                   `xml:"ipProtocol"`
	FromPort      *int                     `xml:"fromPort"`
	ToPort        *int                     `xml:"toPort"`
	Groups        wire.Items[groupPairXML] `xml:"groups"`
	IPRanges      wire.Items[ipRange]      `xml:"ipRanges"`
	IPv6Ranges    wire.Items[ipv6Range]    `xml:"ipv6Ranges"`
	PrefixListIDs wire.Items[prefixRef]    `xml:"prefixListIds"`
}

type groupPairXML struct {
	UserID        string `xml:"userId"`
	GroupID       string `xml:"groupId"`
	VpcID         string `xml:"vpcId,omitempty"`
	PeeringID     string `xml:"vpcPeeringConnectionId,omitempty"`
	PeeringStatus string `xml:"peeringStatus,omitempty"`
	Description   string `xml:"description,omitempty"`
}

func (a *State) permissionsXML(g *SecurityGroup, egress bool) wire.Items[permissionXML] {
	list := wire.Items[permissionXML]{}
	place := map[string]int{}
	for _, r := range g.Rules {
		if r.Egress != egress {
			continue
		}
		key := fmt.Sprint(r.Protocol, r.FromPort, "-", r.ToPort)
		i, ok := place[key]
		if !ok {
			i = len(list)
			place[key] = i
			p := permissionXML{IPProtocol: r.Protocol}
			if r.Protocol != "-1" {
				p.FromPort, p.ToPort = &r.FromPort, &r.ToPort
			}
			list = append(list, p)
		}
		p := &list[i]
		switch {
		case r.Group != "":
			pair := groupPairXML{UserID: r.GroupOwner, GroupID: r.Group, Description: r.Description, VpcID: r.GroupVPC, PeeringID: r.Peering}
			if r.Peering != "" {
				pair.PeeringStatus = a.peerings.get(r.Peering).Status
			}
			p.Groups = append(p.Groups, pair)
		case r.CIDR4 != "":
			p.IPRanges = append(p.IPRanges, ipRange{r.CIDR4, r.Description})
		case r.CIDR6 != "":
			p.IPv6Ranges = append(p.IPv6Ranges, ipv6Range{r.CIDR6, r.Description})
		default:
			p.PrefixListIDs = append(p.PrefixListIDs, prefixRef{r.PrefixList, r.Description})
		}
	}
	return list
}

// ruleXML is the form of DescribeSecurityGroupRules: one peer each.
type ruleXML struct {
	RuleID          string                 `xml:"securityGroupRuleId"`
	RuleArn         string                 `xml:"securityGroupRuleArn,omitempty"`
	GroupID         string                 `xml:"groupId"`
	GroupOwnerID    string                 `xml:"groupOwnerId,omitempty"`
	IsEgress        bool                   `xml:"isEgress"`
	IPProtocol      string                 `xml:"ipProtocol"`
	FromPort        int                    `xml:"fromPort"`
	ToPort          int                    `xml:"toPort"`
	CidrIPv4        string                 `xml:"cidrIpv4,omitempty"`
	CidrIPv6        string                 `xml:"cidrIpv6,omitempty"`
	PrefixListID    string                 `xml:"prefixListId,omitempty"`
	ReferencedGroup *referencedXML         `xml:"referencedGroupInfo"`
	ReferencedID    string                 `xml:"referencedGroupId,omitempty"` // in the answer of a revocation
	Description     string                 `xml:"description,omitempty"`
	TagSet          *wire.Items[tags.Pair] `xml:"tagSet"`
}

type referencedXML struct {
	GroupID       string `xml:"groupId"`
	UserID        string `xml:"userId"`
	VpcID         string `xml:"vpcId,omitempty"`
	PeeringID     string `xml:"vpcPeeringConnectionId,omitempty"`
	PeeringStatus string `xml:"peeringStatus,omitempty"`
}

func (a *State) ruleXML(g *SecurityGroup, r *rule) ruleXML {
	pairs := r.Tags.Pairs()
	x := ruleXML{
		RuleID: r.ID, RuleArn: a.ARN("ec2", "security-group-rule/"+r.ID), GroupID: g.ID, GroupOwnerID: a.AccountID, IsEgress: r.Egress,
		IPProtocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort, CidrIPv4: r.CIDR4, CidrIPv6: r.CIDR6,
		PrefixListID: r.PrefixList, Description: r.Description, TagSet: &pairs,
	}
	if r.Group != "" {
		x.ReferencedGroup = &referencedXML{GroupID: r.Group, UserID: r.GroupOwner, VpcID: r.GroupVPC, PeeringID: r.Peering}
		if r.Peering != "" {
			x.ReferencedGroup.PeeringStatus = a.peerings.get(r.Peering).Status
		}
	}
	return x
}

// groupRule is a rule with the group it is in.
type groupRule struct {
	group *SecurityGroup
	rule  *rule
}

var ruleFilters = filterTable[groupRule]{
	missing: noRule,
	tags:    func(r groupRule) tags.Tags { return r.rule.Tags },
	values: map[string]func(groupRule) []string{
		"group-id":               one(func(r groupRule) string { return r.group.ID }),
		"security-group-rule-id": one(func(r groupRule) string { return r.rule.ID }),
	},
}

type describeRulesInput struct {
	query
	RuleIDs []string `query:"SecurityGroupRuleId"`
}

type describeRulesOutput struct {
	Set       wire.Items[ruleXML] `xml:"securityGroupRuleSet"`
	NextToken string              `xml:"nextToken,omitempty"`
}

func describeSecurityGroupRules(a *State, _ wire.Caller, in *describeRulesInput) (*describeRulesOutput, error) {
	all := table[groupRule]{}
	for _, g := range a.groups.all() {
		for _, r := range g.Rules {
			all.add(r.ID, groupRule{g, r})
		}
	}
	set, next, err := describe(a, &all, ruleFilters, in.RuleIDs, in.query, func(r groupRule) ruleXML { return a.ruleXML(r.group, r.rule) })
	return &describeRulesOutput{set, next}, err
}

func noRule(id string) error {
	return awserr.New("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
}

type authorizeOutput struct {
	Return bool                `xml:"return"`
	Set    wire.Items[ruleXML] `xml:"securityGroupRuleSet"`
}

func authorizeIngress(a *State, _ wire.Caller, in *authorizeInput) (*authorizeOutput, error) {
	return a.authorizeRules(&in.groupRules, in.TagSpecifications, false)
}

func authorizeEgress(a *State, _ wire.Caller, in *authorizeEgressInput) (*authorizeOutput, error) {
	return a.authorizeRules(in.egressRules.groupRules(), in.TagSpecifications, true)
}

// authorizeRules adds all rules of a request or none.
func (a *State) authorizeRules(in *groupRules, tagged []tagSpecification, egress bool) (*authorizeOutput, error) {
	g, wanted, err := a.readRules(in, egress)
	if err != nil {
		return nil, err
	}
	ruleTags, err := tagsFor(tagged, "security-group-rule")
	if err != nil {
		return nil, err
	}
	for i, r := range wanted {
		if slices.ContainsFunc(g.Rules, r.same) {
			return nil, awserr.New("InvalidPermission.Duplicate", `the specified rule "%s" already exists`, r)
		}
		if slices.ContainsFunc(wanted[:i], r.same) {
			return nil, awserr.New("InvalidParameterValue", "The same permission must not appear multiple times")
		}
		// AWS counts the rules of both families apart.
		if g.count(egress, r.CIDR6 != "")+i >= a.ruleQuota() {
			return nil, awserr.New("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
		}
	}
	out := &authorizeOutput{Return: true}
	for _, r := range wanted {
		r.ID = a.IDs.EC2("sgr")
		r.Tags = tags.Copy(ruleTags)
		g.Rules = append(g.Rules, r)
		out.Set = append(out.Set, a.ruleXML(g, r))
	}
	return out, nil
}

func (g *SecurityGroup) count(egress, ipv6 bool) (n int) {
	for _, r := range g.Rules {
		if r.Egress == egress && (r.CIDR6 != "") == ipv6 {
			n++
		}
	}
	return n
}

// same reports whether two rules allow the same; descriptions do not count.
func (r *rule) same(other *rule) bool {
	return r.Egress == other.Egress && r.Protocol == other.Protocol && r.FromPort == other.FromPort && r.ToPort == other.ToPort &&
		r.CIDR4 == other.CIDR4 && r.CIDR6 == other.CIDR6 && r.PrefixList == other.PrefixList && r.Group == other.Group
}

// peer is the other side of a rule.
func (r *rule) peer() string { return r.CIDR4 + r.CIDR6 + r.PrefixList + r.Group }

// String describes a rule as EC2's errors do.
func (r *rule) String() string {
	if r.Protocol == "-1" {
		return "peer: " + r.peer() + ", ALL, ALLOW"
	}
	return fmt.Sprintf("peer: %s, %s, from port: %d, to port: %d, ALLOW", r.peer(), strings.ToUpper(r.Protocol), r.FromPort, r.ToPort)
}

type revokeOutput struct {
	Return  bool                     `xml:"return"`
	Unknown wire.Items[wire.Nothing] `xml:"unknownIpPermissionSet"`
	Revoked wire.Items[ruleXML]      `xml:"revokedSecurityGroupRuleSet"`
}

func revokeIngress(a *State, _ wire.Caller, in *revokeInput) (*revokeOutput, error) {
	return a.revokeRules(&in.groupRules, in.RuleIDs, false)
}

func revokeEgress(a *State, _ wire.Caller, in *revokeEgressInput) (*revokeOutput, error) {
	return a.revokeRules(in.egressRules.groupRules(), in.RuleIDs, true)
}

// revokeRules removes all rules of a request or none.
func (a *State) revokeRules(in *groupRules, ids []string, egress bool) (*revokeOutput, error) {
	var g *SecurityGroup
	var gone []*rule
	var err error
	if len(ids) > 0 {
		if g, err = a.group(in.GroupID); err != nil {
			return nil, err
		}
		for _, id := range ids {
			i := slices.IndexFunc(g.Rules, func(r *rule) bool { return r.ID == id && r.Egress == egress })
			if i < 0 {
				return nil, noRule(id)
			}
			gone = append(gone, g.Rules[i])
		}
	} else {
		var wanted []*rule
		if g, wanted, err = a.readRules(in, egress); err != nil {
			return nil, err
		}
		for _, r := range wanted {
			i := slices.IndexFunc(g.Rules, r.same)
			if i < 0 {
				return nil, awserr.New("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
			}
			gone = append(gone, g.Rules[i])
		}
	}
	out := &revokeOutput{Return: true}
	for _, r := range gone {
		x := a.ruleXML(g, r)
		x.ReferencedGroup, x.ReferencedID, x.TagSet, x.RuleArn, x.GroupOwnerID = nil, r.Group, nil, "", ""
		out.Revoked = append(out.Revoked, x)
	}
	g.Rules = slices.DeleteFunc(g.Rules, func(r *rule) bool { return slices.Contains(gone, r) })
	return out, nil
}
