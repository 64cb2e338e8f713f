package rds

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

type subnetGroupXML struct {
	Name        string           `xml:"DBSubnetGroupName"`
	Description string           `xml:"DBSubnetGroupDescription"`
	VpcID       string           `xml:"VpcId"`
	Status      string           `xml:"SubnetGroupStatus"`
	Arn         string           `xml:"DBSubnetGroupArn"`
	Subnets     listOf[dbSubnet] `xml:"Subnets"`
	Networks    []string         `xml:"SupportedNetworkTypes>member"`
}

func (subnetGroupXML) element() string { return "DBSubnetGroup" }

type dbSubnet struct {
	ID     string  `xml:"SubnetIdentifier"`
	Zone   nameXML `xml:"SubnetAvailabilityZone"`
	Status string  `xml:"SubnetStatus"`
}

func (dbSubnet) element() string { return "Subnet" }

type nameXML struct {
	Name string `xml:"Name"`
}

func (a *State) subnetGroupXML(g *dbSubnetGroup) subnetGroupXML {
	x := subnetGroupXML{
		Name: g.Name, Description: g.Description, VpcID: g.VPC, Status: "Complete", Arn: a.ARN("rds", "subgrp:"+g.Name), Networks: []string{"IPV4"},
	}
	for _, id := range g.Subnets {
		x.Subnets = append(x.Subnets, dbSubnet{ID: id, Zone: nameXML{a.ec2.Subnet(id).Zone}, Status: "Active"})
	}
	return x
}

type describeSubnetGroupsInput struct {
	paging
	Name    string   `query:"DBSubnetGroupName"`
	Filters []filter `query:"Filters.Filter"`
}

func (in *describeSubnetGroupsInput) Resource(a *State) string {
	if in.Name == "" {
		return a.ARN("rds", "subgrp:*")
	}
	return a.ARN("rds", "subgrp:"+strings.ToLower(in.Name))
}

type describeSubnetGroupsOutput struct {
	Groups listOf[subnetGroupXML] `xml:"DBSubnetGroups"`
	Marker string                 `xml:"Marker,omitempty"`
}

func describeDBSubnetGroups(a *State, _ wire.Caller, in *describeSubnetGroupsInput) (*describeSubnetGroupsOutput, error) {
	if len(in.Filters) > 0 {
		return nil, awserr.New("InvalidParameterValue", "Unrecognized filter name: %s", in.Filters[0].Name)
	}
	var all []subnetGroupXML
	for _, name := range slices.Sorted(maps.Keys(a.subnetGroups)) {
		if in.Name == "" || name == strings.ToLower(in.Name) {
			all = append(all, a.subnetGroupXML(a.subnetGroups[name]))
		}
	}
	if in.Name != "" && len(all) == 0 {
		return nil, noSubnetGroup(in.Name)
	}
	list, next, err := page(a, all, in.paging)
	return &describeSubnetGroupsOutput{list, next}, err
}

func noSubnetGroup(name string) error {
	return awserr.WithStatus(404, "DBSubnetGroupNotFoundFault", "DB subnet group '%s' does not exist.", name)
}

type createSubnetGroupInput struct {
	Name        string   `query:"DBSubnetGroupName,required"`
	Description string   `query:"DBSubnetGroupDescription,required"`
	SubnetIDs   []string `query:"SubnetIds.SubnetIdentifier,required"`
	Tags        []tag    `query:"Tags.Tag"`
}

func (in *createSubnetGroupInput) Resource(a *State) string {
	return a.ARN("rds", "subgrp:"+strings.ToLower(in.Name))
}

type createSubnetGroupOutput struct {
	Group subnetGroupXML `xml:"DBSubnetGroup"`
}

var subnetGroupName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9 ._-]{0,254}$`)

func createDBSubnetGroup(a *State, _ wire.Caller, in *createSubnetGroupInput) (*createSubnetGroupOutput, error) {
	name := strings.ToLower(in.Name)
	if !subnetGroupName.MatchString(in.Name) || name == "default" {
		return nil, awserr.New("InvalidParameterValue", "The parameter DBSubnetGroupName must be provided and must not be 'default', and must "+
			"contain only letters, digits, periods, underscores, spaces and hyphens.")
	}
	if a.subnetGroups[name] != nil {
		return nil, awserr.New("DBSubnetGroupAlreadyExists", "The DB subnet group '%s' already exists.", name)
	}
	t, err := rdsTags(in.Tags)
	if err != nil {
		return nil, err
	}
	g := &dbSubnetGroup{Name: name, Description: in.Description, Tags: t}
	if err := a.fillSubnetGroup(g, in.SubnetIDs); err != nil {
		return nil, err
	}
	a.subnetGroups[name] = g
	return &createSubnetGroupOutput{a.subnetGroupXML(g)}, nil
}

// fillSubnetGroup checks subnets as RDS does: of one VPC and of two zones at least.
func (a *State) fillSubnetGroup(g *dbSubnetGroup, ids []string) error {
	var zones, invalid []string
	for _, id := range ids {
		s := a.ec2.Subnet(id)
		switch {
		case s == nil:
			invalid = append(invalid, id)
			continue
		case g.VPC != "" && s.VPC != g.VPC:
			return awserr.New("InvalidSubnet", "The DB subnets are not all in the same VPC.")
		case slices.Contains(g.Subnets, id):
			continue
		}
		g.VPC = s.VPC
		g.Subnets = append(g.Subnets, id)
		if !slices.Contains(zones, s.Zone) {
			zones = append(zones, s.Zone)
		}
	}
	if len(invalid) > 0 {
		return awserr.New("InvalidSubnet", "Some input subnets in :[%s] are invalid.", strings.Join(invalid, ", "))
	}
	if len(zones) < 2 {
		return awserr.New("DBSubnetGroupDoesNotCoverEnoughAZs", "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "+
			"Current AZ coverage: %s. Add subnets to cover at least 2 AZs.", strings.Join(zones, ", "))
	}
	return nil
}

type deleteSubnetGroupInput struct {
	Name string `query:"DBSubnetGroupName,required"`
}

func (in *deleteSubnetGroupInput) Resource(a *State) string {
	return a.ARN("rds", "subgrp:"+strings.ToLower(in.Name))
}

func deleteDBSubnetGroup(a *State, _ wire.Caller, in *deleteSubnetGroupInput) (*wire.Nothing, error) {
	name := strings.ToLower(in.Name)
	if a.subnetGroups[name] == nil {
		return nil, noSubnetGroup(in.Name)
	}
	for _, id := range slices.Sorted(maps.Keys(a.instances)) {
		if a.instances[id].SubnetGroup == name {
			return nil, awserr.New("InvalidDBSubnetGroupStateFault", "Cannot delete the subnet group '%s' because at least one database instance: "+
				"%s is still using it.", name, id)
		}
	}
	delete(a.subnetGroups, name)
	return &wire.Nothing{}, nil
}
