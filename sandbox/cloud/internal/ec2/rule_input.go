package ec2

import (
	"net/netip"
	"strconv"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
)

// groupRules are rules of a security group in a request: a list of permissions
// or, of ingress, the flat form of one.
type groupRules struct {
	dryRun
	GroupID     string       `query:"GroupId"`
	GroupName   string       `query:"GroupName"`
	Permissions []permission `query:"IpPermissions"`

	IPProtocol                 string `query:"IpProtocol"`
	FromPort, ToPort           *int
	CidrIP                     string `query:"CidrIp"`
	SourceSecurityGroupName    string
	SourceSecurityGroupOwnerID string `query:"SourceSecurityGroupOwnerId"`
}

func (in *groupRules) Resource(a *State) string { return a.groupARN(in.GroupID) }

// egressRules are groupRules without the flat form.
type egressRules struct {
	dryRun
	GroupID     string       `query:"GroupId,required"`
	Permissions []permission `query:"IpPermissions"`
}

func (in *egressRules) Resource(a *State) string { return a.groupARN(in.GroupID) }

func (in *egressRules) groupRules() *groupRules {
	return &groupRules{GroupID: in.GroupID, Permissions: in.Permissions}
}

type authorizeInput struct {
	groupRules
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type authorizeEgressInput struct {
	egressRules
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type revokeInput struct {
	groupRules
	RuleIDs []string `query:"SecurityGroupRuleId"`
}

type revokeEgressInput struct {
	egressRules
	RuleIDs []string `query:"SecurityGroupRuleId"`
}

type permission struct {
	IPProtocol       string `query:"IpProtocol"`
	FromPort, ToPort *int
	Groups           []groupPair
	IPRanges         []ipRange   `query:"IpRanges"`
	IPv6Ranges       []ipv6Range `query:"Ipv6Ranges"`
	PrefixListIDs    []prefixRef `query:"PrefixListIds"`
}

type groupPair struct {
	GroupID     string `query:"GroupId"`
	GroupName   string
	UserID      string `query:"UserId"`
	VpcID       string `query:"VpcId"`
	PeeringID   string `query:"VpcPeeringConnectionId"`
	Description string
}

type ipRange struct {
	CidrIP      string `query:"CidrIp" xml:"cidrIp"`
	Description string `xml:"description,omitempty"`
}

type ipv6Range struct {
	CidrIPv6    string `query:"CidrIpv6" xml:"cidrIpv6"`
	Description string `xml:"description,omitempty"`
}

type prefixRef struct {
	PrefixListID string `query:"PrefixListId" xml:"prefixListId"`
	Description  string `xml:"description,omitempty"`
}

// readRules finds the group of a request and checks and spreads out its rules,
// one peer each.
func (a *State) readRules(in *groupRules, egress bool) (*SecurityGroup, []*rule, error) {
	if in.GroupID == "" {
		if in.GroupName == "" {
			return nil, nil, awserr.MissingParameter("ec2", "groupName or groupId")
		}
		return nil, nil, awserr.New("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC", in.GroupName)
	}
	g, err := a.group(in.GroupID)
	if err != nil {
		return nil, nil, err
	}
	list := in.Permissions
	if in.SourceSecurityGroupName != "" {
		return nil, nil, awserr.New("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC", in.SourceSecurityGroupName)
	}
	if in.IPProtocol != "" || in.CidrIP != "" {
		if len(list) > 0 {
			return nil, nil, awserr.New("InvalidParameterCombination", "The parameter ipPermissions cannot be used with ipProtocol, fromPort, toPort or cidrIp")
		}
		list = []permission{{IPProtocol: in.IPProtocol, FromPort: in.FromPort, ToPort: in.ToPort, IPRanges: []ipRange{{CidrIP: in.CidrIP}}}}
	}
	if len(list) == 0 {
		return nil, nil, awserr.MissingParameter("ec2", "ipPermissions")
	}
	var rules []*rule
	for _, p := range list {
		spread, err := a.readPermission(g, p)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range spread {
			r.Egress = egress
			rules = append(rules, r)
		}
	}
	return g, rules, nil
}

func (a *State) readPermission(g *SecurityGroup, p permission) ([]*rule, error) {
	base := rule{FromPort: -1, ToPort: -1}
	var err error
	if base.Protocol, err = readProtocol(p.IPProtocol); err != nil {
		return nil, err
	}
	if base.FromPort, base.ToPort, err = readPorts(base.Protocol, p.FromPort, p.ToPort); err != nil {
		return nil, err
	}
	var rules []*rule
	add := func(description string, set func(*rule)) {
		r := base
		r.Description = description
		set(&r)
		rules = append(rules, &r)
	}
	for _, x := range p.IPRanges {
		cidr, err := readCIDR(x.CidrIP, true)
		if err != nil {
			return nil, err
		}
		add(x.Description, func(r *rule) { r.CIDR4 = cidr })
	}
	for _, x := range p.IPv6Ranges {
		cidr, err := readCIDR(x.CidrIPv6, false)
		if err != nil {
			return nil, err
		}
		add(x.Description, func(r *rule) { r.CIDR6 = cidr })
	}
	for _, x := range p.PrefixListIDs {
		if !a.prefixLists.has(x.PrefixListID) {
			return nil, noPrefixList(x.PrefixListID)
		}
		add(x.Description, func(r *rule) { r.PrefixList = x.PrefixListID })
	}
	for _, x := range p.Groups {
		peer, err := a.group(x.GroupID)
		if err != nil {
			return nil, err
		}
		pcx := ""
		if peer.VPC != g.VPC && !a.GroupServes(peer, g.VPC) {
			id, ok := a.peered(peer.VPC, g.VPC)
			if !ok {
				return nil, awserr.New("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
			}
			pcx = id
		}
		add(x.Description, func(r *rule) {
			r.Group, r.GroupOwner = peer.ID, a.AccountID
			if pcx != "" {
				r.GroupVPC, r.Peering = peer.VPC, pcx
			}
		})
	}
	if len(rules) == 0 {
		return nil, awserr.New("InvalidParameterValue", "A CIDR block, a security group ID or a prefix list has to be specified")
	}
	for _, r := range rules {
		if r.Description != "" && !groupText.MatchString(r.Description) {
			return nil, awserr.New("InvalidParameterValue", "Invalid rule description. Valid descriptions are strings less than 256 characters "+
				"from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
		}
	}
	return rules, nil
}

// protocolNames are the protocols that EC2 answers by name.
var protocolNames = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}

func readProtocol(s string) (string, error) {
	s = strings.ToLower(s)
	switch s {
	case "tcp", "udp", "icmp", "icmpv6", "-1":
		return s, nil
	case "all":
		return "-1", nil
	case "":
		return "", awserr.MissingParameter("ec2", "ipProtocol")
	}
	if n, err := strconv.Atoi(s); err != nil || n < 0 || n > 255 {
		return "", awserr.New("InvalidParameterValue", "Invalid value '%s' for IP protocol. Unknown protocol.", s)
	}
	if name, ok := protocolNames[s]; ok {
		return name, nil
	}
	return s, nil
}

func readPorts(protocol string, from, to *int) (int, int, error) {
	switch protocol {
	case "tcp", "udp":
		if from == nil || to == nil {
			return 0, 0, awserr.New("InvalidParameterValue", "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
		}
		if *from == -1 && *to == -1 {
			return 0, 65535, nil
		}
		if *from < 0 || *to > 65535 || *from > *to {
			return 0, 0, awserr.New("InvalidParameterValue", "Invalid TCP/UDP port range (%d:%d)", *from, *to)
		}
		return *from, *to, nil
	case "icmp", "icmpv6":
		if from != nil && to != nil {
			return *from, *to, nil
		}
	}
	return -1, -1, nil
}

func readCIDR(s string, ipv4 bool) (string, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4() != ipv4 {
		return "", awserr.New("InvalidParameterValue", "CIDR block %s is malformed", s)
	}
	return p.Masked().String(), nil
}
