package rds

import (
	"maps"
	"slices"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

// Operations are the actions of RDS that the account answers.
func Operations(a *State) []wire.Operation {
	return []wire.Operation{
		wire.Define(a, "rds", "DescribeDBInstances", wire.Reads, describeDBInstances),
		wire.Define(a, "rds", "CreateDBInstance", wire.Changes, createDBInstance),
		wire.Define(a, "rds", "ModifyDBInstance", wire.Changes, modifyDBInstance),
		wire.Define(a, "rds", "DeleteDBInstance", wire.Changes, deleteDBInstance),
		wire.Define(a, "rds", "StartDBInstance", wire.Changes, startDBInstance),
		wire.Define(a, "rds", "DescribeDBSubnetGroups", wire.Reads, describeDBSubnetGroups),
		wire.Define(a, "rds", "CreateDBSubnetGroup", wire.Changes, createDBSubnetGroup),
		wire.Define(a, "rds", "DeleteDBSubnetGroup", wire.Changes, deleteDBSubnetGroup),
		wire.Define(a, "rds", "DescribeDBParameterGroups", wire.Reads, describeDBParameterGroups),
		wire.Define(a, "rds", "DescribeDBParameters", wire.Reads, describeDBParameters),
		wire.Define(a, "rds", "ModifyDBParameterGroup", wire.Changes, modifyDBParameterGroup),
		wire.Define(a, "rds", "DescribeDBEngineVersions", wire.Reads, describeDBEngineVersions),
		wire.Define(a, "rds", "DescribeOrderableDBInstanceOptions", wire.Reads, describeOrderableDBInstanceOptions),
		wire.Define(a, "rds", "AddTagsToResource", wire.Changes, addTagsToResource),
		wire.Define(a, "rds", "RemoveTagsFromResource", wire.Changes, removeTagsFromResource),
		wire.Define(a, "rds", "ListTagsForResource", wire.Reads, listTagsForResource),
	}
}

type rdsResourceInput struct {
	ResourceName string `query:"ResourceName,required"`
}

func (in rdsResourceInput) Resource(*State) string { return in.ResourceName }

// tags finds the tags of an object of RDS.
func (in rdsResourceInput) tags(a *State) (tags.Tags, error) {
	for _, name := range slices.Sorted(maps.Keys(a.instances)) {
		if a.ARN("rds", "db:"+name) == in.ResourceName {
			return a.instances[name].Tags, nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.subnetGroups)) {
		if a.ARN("rds", "subgrp:"+name) == in.ResourceName {
			return a.subnetGroups[name].Tags, nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.parameterGroups)) {
		if a.ARN("rds", "pg:"+name) == in.ResourceName {
			return a.parameterGroups[name].Tags, nil
		}
	}
	return nil, awserr.New("InvalidParameterValue", "The specified resource name does not match an RDS resource in this region.")
}

type addTagsInput struct {
	rdsResourceInput
	Tags []tag `query:"Tags.Tag"`
}

func addTagsToResource(a *State, _ wire.Caller, in *addTagsInput) (*wire.Nothing, error) {
	t, err := in.tags(a)
	if err != nil {
		return nil, err
	}
	added, err := rdsTags(in.Tags)
	if err != nil {
		return nil, err
	}
	maps.Copy(t, added)
	return &wire.Nothing{}, nil
}

type removeTagsInput struct {
	rdsResourceInput
	Keys []string `query:"TagKeys.member"`
}

func removeTagsFromResource(a *State, _ wire.Caller, in *removeTagsInput) (*wire.Nothing, error) {
	t, err := in.tags(a)
	if err != nil {
		return nil, err
	}
	for _, k := range in.Keys {
		delete(t, k)
	}
	return &wire.Nothing{}, nil
}

type listTagsInput struct {
	rdsResourceInput
	Filters []filter `query:"Filters.Filter"`
}

type listTagsOutput struct {
	Tags listOf[tag] `xml:"TagList"`
}

func listTagsForResource(a *State, _ wire.Caller, in *listTagsInput) (*listTagsOutput, error) {
	t, err := in.tags(a)
	if err != nil {
		return nil, err
	}
	return &listTagsOutput{rdsPairs(t)}, nil
}
