package ec2

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type groupXML struct {
	GroupID             string                    `xml:"groupId"`
	GroupName           string                    `xml:"groupName"`
	GroupDescription    string                    `xml:"groupDescription"`
	OwnerID             string                    `xml:"ownerId"`
	VpcID               string                    `xml:"vpcId"`
	SecurityGroupArn    string                    `xml:"securityGroupArn"`
	IPPermissions       wire.Items[permissionXML] `xml:"ipPermissions"`
	IPPermissionsEgress wire.Items[permissionXML] `xml:"ipPermissionsEgress"`
	TagSet              wire.Items[tags.Pair]     `xml:"tagSet"`
}

var groupFilters = filterTable[*SecurityGroup]{
	missing: noGroup,
	tags:    func(g *SecurityGroup) tags.Tags { return g.Tags },
	values: map[string]func(*SecurityGroup) []string{
		"group-id":                            one(func(g *SecurityGroup) string { return g.ID }),
		"group-name":                          one(func(g *SecurityGroup) string { return g.Name }),
		"vpc-id":                              one(func(g *SecurityGroup) string { return g.VPC }),
		"description":                         one(func(g *SecurityGroup) string { return g.Description }),
		"ip-permission.protocol":              ruleValues(false, func(r *rule) string { return r.Protocol }),
		"ip-permission.from-port":             ruleValues(false, func(r *rule) string { return strconv.Itoa(r.FromPort) }),
		"ip-permission.to-port":               ruleValues(false, func(r *rule) string { return strconv.Itoa(r.ToPort) }),
		"ip-permission.cidr":                  ruleValues(false, func(r *rule) string { return r.CIDR4 }),
		"ip-permission.ipv6-cidr":             ruleValues(false, func(r *rule) string { return r.CIDR6 }),
		"ip-permission.group-id":              ruleValues(false, func(r *rule) string { return r.Group }),
		"ip-permission.prefix-list-id":        ruleValues(false, func(r *rule) string { return r.PrefixList }),
		"egress.ip-permission.protocol":       ruleValues(true, func(r *rule) string { return r.Protocol }),
		"egress.ip-permission.from-port":      ruleValues(true, func(r *rule) string { return strconv.Itoa(r.FromPort) }),
		"egress.ip-permission.to-port":        ruleValues(true, func(r *rule) string { return strconv.Itoa(r.ToPort) }),
		"egress.ip-permission.cidr":           ruleValues(true, func(r *rule) string { return r.CIDR4 }),
		"egress.ip-permission.ipv6-cidr":      ruleValues(true, func(r *rule) string { return r.CIDR6 }),
		"egress.ip-permission.group-id":       ruleValues(true, func(r *rule) string { return r.Group }),
		"egress.ip-permission.prefix-list-id": ruleValues(true, func(r *rule) string { return r.PrefixList }),
	},
}

func ruleValues(egress bool, get func(*rule) string) func(*SecurityGroup) []string {
	return func(g *SecurityGroup) (list []string) {
		for _, r := range g.Rules {
			if v := get(r); r.Egress == egress && v != "" {
				list = append(list, v)
			}
		}
		return list
	}
}

type describeGroupsInput struct {
	query
	GroupIDs   []string `query:"GroupId"`
	GroupNames []string `query:"GroupName"`
}

type describeGroupsOutput struct {
	Set       wire.Items[groupXML] `xml:"securityGroupInfo"`
	NextToken string               `xml:"nextToken,omitempty"`
}

func describeSecurityGroups(a *State, _ wire.Caller, in *describeGroupsInput) (*describeGroupsOutput, error) {
	if len(in.GroupNames) > 0 {
		// Names alone are looked for in the default VPC, which this account has not.
		return nil, awserr.New("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC", in.GroupNames[0])
	}
	for _, id := range in.GroupIDs {
		if _, err := a.group(id); err != nil {
			return nil, err
		}
	}
	set, next, err := describe(a, &a.groups, groupFilters, in.GroupIDs, in.query, a.groupXML)
	return &describeGroupsOutput{set, next}, err
}

func (a *State) groupXML(g *SecurityGroup) groupXML {
	return groupXML{
		GroupID: g.ID, GroupName: g.Name, GroupDescription: g.Description, OwnerID: a.AccountID, VpcID: g.VPC,
		SecurityGroupArn: a.groupARN(g.ID), TagSet: g.Tags.Pairs(),
		IPPermissions: a.permissionsXML(g, false), IPPermissionsEgress: a.permissionsXML(g, true),
	}
}

func (a *State) groupARN(id string) string { return a.ARN("ec2", "security-group/"+id) }

func noGroup(id string) error {
	return awserr.New("InvalidGroup.NotFound", "The security group '%s' does not exist", id)
}

func malformedGroup(id string) error {
	return awserr.New("InvalidGroupId.Malformed", `Invalid id: "%s" (expecting "sg-...")`, id)
}

var groupIDForm = regexp.MustCompile(`^sg-([0-9a-f]{8}|[0-9a-f]{17})$`)

// group finds a security group by its id.
func (a *State) group(id string) (*SecurityGroup, error) {
	if !groupIDForm.MatchString(id) {
		return nil, malformedGroup(id)
	}
	g := a.groups.get(id)
	if g == nil {
		return nil, noGroup(id)
	}
	return g, nil
}

type createGroupInput struct {
	dryRun
	GroupName         string             `query:"GroupName,required"`
	Description       string             `query:"GroupDescription,required"`
	VpcID             string             `query:"VpcId"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

func (in *createGroupInput) Resource(a *State) string { return a.groupARN("*") }

type createGroupOutput struct {
	Return           bool                  `xml:"return"`
	GroupID          string                `xml:"groupId"`
	SecurityGroupArn string                `xml:"securityGroupArn"`
	TagSet           wire.Items[tags.Pair] `xml:"tagSet"`
}

// sameName reports whether two security groups of a VPC cannot have these names:
// they are compared without regard to case.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
func sameName(a, b string) bool { return strings.EqualFold(a, b) }

var groupText = regexp.MustCompile(`^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}$`)

func createSecurityGroup(a *State, _ wire.Caller, in *createGroupInput) (*createGroupOutput, error) {
	const set = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
	switch {
	case !groupText.MatchString(in.GroupName):
		return nil, awserr.New("InvalidParameterValue", "Value (%s) for parameter GroupName is invalid. Invalid security group name. "+
			"Valid names are strings less than 256 characters from the following set: %s", in.GroupName, set)
	case strings.HasPrefix(in.GroupName, "sg-"):
		return nil, awserr.New("InvalidParameterValue", "Invalid value '%s' for groupName. Group names may not be in the format sg-*.", in.GroupName)
	case sameName(in.GroupName, "default"):
		return nil, awserr.New("InvalidGroup.Reserved", "The security group 'default' is reserved")
	case !groupText.MatchString(in.Description):
		return nil, awserr.New("InvalidParameterValue", "Value (%s) for parameter GroupDescription is invalid. Invalid security group description. "+
			"Valid descriptions are strings less than 256 characters from the following set: %s", in.Description, set)
	case in.VpcID == "":
		return nil, awserr.New("VPCIdNotSpecified", "No default VPC for this user")
	case a.vpcs.get(in.VpcID) == nil:
		return nil, noVPC(in.VpcID)
	}
	for _, g := range a.groups.all() {
		if g.VPC == in.VpcID && sameName(g.Name, in.GroupName) {
			return nil, awserr.New("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", in.GroupName, in.VpcID)
		}
	}
	groupTags, err := tagsFor(in.TagSpecifications, "security-group")
	if err != nil {
		return nil, err
	}
	g := a.NewGroup(in.VpcID, in.GroupName, in.Description, groupTags)
	return &createGroupOutput{Return: true, GroupID: g.ID, SecurityGroupArn: a.groupARN(g.ID), TagSet: g.Tags.Pairs()}, nil
}

// NewGroup makes a security group with the rule that every new one has: all egress.
func (a *State) NewGroup(vpcID, name, description string, t tags.Tags) *SecurityGroup {
	g := &SecurityGroup{ID: a.IDs.EC2("sg"), Name: name, Description: description, VPC: vpcID, Tags: t}
	g.Rules = []*rule{{ID: a.IDs.EC2("sgr"), Egress: true, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR4: "0.0.0.0/0", Tags: tags.Tags{}}}
	if a.vpcs.get(vpcID).IPv6CIDR.IsValid() {
		g.Rules = append(g.Rules, &rule{ID: a.IDs.EC2("sgr"), Egress: true, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR6: "::/0", Tags: tags.Tags{}})
	}
	a.groups.add(g.ID, g)
	return g
}

// AdmitItself lets everything that carries a group reach each other.
func (a *State) AdmitItself(g *SecurityGroup) {
	g.Rules = append(g.Rules, &rule{
		ID: a.IDs.EC2("sgr"), Protocol: "-1", FromPort: -1, ToPort: -1, Group: g.ID, GroupOwner: a.AccountID, Tags: tags.Tags{},
	})
}

type deleteGroupInput struct {
	dryRun
	GroupID   string `query:"GroupId"`
	GroupName string `query:"GroupName"`
}

func (in *deleteGroupInput) Resource(a *State) string { return a.groupARN(in.GroupID) }

type deleteGroupOutput struct {
	Return  bool   `xml:"return"`
	GroupID string `xml:"groupId"`
}

func deleteSecurityGroup(a *State, _ wire.Caller, in *deleteGroupInput) (*deleteGroupOutput, error) {
	if in.GroupID == "" {
		if in.GroupName == "" {
			return nil, awserr.MissingParameter("ec2", "groupName or groupId")
		}
		return nil, awserr.New("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC", in.GroupName)
	}
	g, err := a.group(in.GroupID)
	if err != nil {
		return nil, err
	}
	if g.Name == "default" {
		return nil, awserr.New("CannotDelete", `the specified group: "%s" name: "default" cannot be deleted by a user`, g.ID)
	}
	if a.groupInUse(g.ID) {
		return nil, awserr.New("DependencyViolation", "resource %s has a dependent object", g.ID)
	}
	a.groups.remove(g.ID)
	a.groupVPCs = slices.DeleteFunc(a.groupVPCs, func(x groupVPCAssociation) bool { return x.Group == g.ID })
	return &deleteGroupOutput{Return: true, GroupID: g.ID}, nil
}

// groupInUse reports whether an interface carries a group or a rule of another
// group refers to it.
func (a *State) groupInUse(id string) bool {
	for _, e := range a.interfaces.all() {
		if slices.Contains(e.Groups, id) {
			return true
		}
	}
	for _, g := range a.groups.all() {
		if g.ID != id && slices.ContainsFunc(g.Rules, func(r *rule) bool { return r.Group == id }) {
			return true
		}
	}
	return false
}

type groupVPCXML struct {
	GroupID    string `xml:"groupId"`
	VpcID      string `xml:"vpcId"`
	VpcOwnerID string `xml:"vpcOwnerId"`
	State      string `xml:"state"`
}

var groupVPCFilters = filterTable[groupVPCAssociation]{values: map[string]func(groupVPCAssociation) []string{
	"group-id": one(func(x groupVPCAssociation) string { return x.Group }),
	"vpc-id":   one(func(x groupVPCAssociation) string { return x.VPC }),
	"state":    one(func(x groupVPCAssociation) string { return x.State }),
}}

type describeGroupVPCsInput struct {
	query
}

type describeGroupVPCsOutput struct {
	Set       wire.Items[groupVPCXML] `xml:"securityGroupVpcAssociationSet"`
	NextToken string                  `xml:"nextToken,omitempty"`
}

func describeSecurityGroupVpcAssociations(a *State, _ wire.Caller, in *describeGroupVPCsInput) (*describeGroupVPCsOutput, error) {
	set, next, err := describeList(a, a.groupVPCs, groupVPCFilters, 0, in.query, func(x groupVPCAssociation) groupVPCXML {
		return groupVPCXML{GroupID: x.Group, VpcID: x.VPC, VpcOwnerID: a.AccountID, State: x.State}
	})
	return &describeGroupVPCsOutput{set, next}, err
}

// GroupServes reports whether a group can be used in a VPC: it is the group's
// own or associated with it.
func (a *State) GroupServes(g *SecurityGroup, vpcID string) bool {
	return g.VPC == vpcID || slices.Contains(a.groupVPCs, groupVPCAssociation{g.ID, vpcID, "associated"})
}
