package cloud

import (
	"maps"
	"slices"
)

// rdsOperations are the actions of RDS that the account answers.
func rdsOperations(a *rdsState) []operation {
	return []operation{
		define(a, "rds", "DescribeDBInstances", reads, describeDBInstances),
		define(a, "rds", "CreateDBInstance", changes, createDBInstance),
		define(a, "rds", "ModifyDBInstance", changes, modifyDBInstance),
		define(a, "rds", "DeleteDBInstance", changes, deleteDBInstance),
		define(a, "rds", "StartDBInstance", changes, startDBInstance),
		define(a, "rds", "DescribeDBSubnetGroups", reads, describeDBSubnetGroups),
		define(a, "rds", "CreateDBSubnetGroup", changes, createDBSubnetGroup),
		define(a, "rds", "DeleteDBSubnetGroup", changes, deleteDBSubnetGroup),
		define(a, "rds", "DescribeDBParameterGroups", reads, describeDBParameterGroups),
		define(a, "rds", "DescribeDBParameters", reads, describeDBParameters),
		define(a, "rds", "ModifyDBParameterGroup", changes, modifyDBParameterGroup),
		define(a, "rds", "DescribeDBEngineVersions", reads, describeDBEngineVersions),
		define(a, "rds", "DescribeOrderableDBInstanceOptions", reads, describeOrderableDBInstanceOptions),
		define(a, "rds", "AddTagsToResource", changes, addTagsToResource),
		define(a, "rds", "RemoveTagsFromResource", changes, removeTagsFromResource),
		define(a, "rds", "ListTagsForResource", reads, listTagsForResource),
	}
}

type rdsResourceInput struct {
	ResourceName string `query:"ResourceName,required"`
}

func (in rdsResourceInput) Resource(*rdsState) string { return in.ResourceName }

// tags finds the tags of an object of RDS.
func (in rdsResourceInput) tags(a *rdsState) (tags, error) {
	for _, name := range slices.Sorted(maps.Keys(a.instances)) {
		if a.arn("rds", "db:"+name) == in.ResourceName {
			return a.instances[name].Tags, nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.subnetGroups)) {
		if a.arn("rds", "subgrp:"+name) == in.ResourceName {
			return a.subnetGroups[name].Tags, nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.parameterGroups)) {
		if a.arn("rds", "pg:"+name) == in.ResourceName {
			return a.parameterGroups[name].Tags, nil
		}
	}
	return nil, fail("InvalidParameterValue", "The specified resource name does not match an RDS resource in this region.")
}

type addTagsInput struct {
	rdsResourceInput
	Tags []rdsTag `query:"Tags.Tag"`
}

func addTagsToResource(a *rdsState, _ caller, in *addTagsInput) (*nothing, error) {
	t, err := in.tags(a)
	if err != nil {
		return nil, err
	}
	added, err := rdsTags(in.Tags)
	if err != nil {
		return nil, err
	}
	for k, v := range added {
		t[k] = v
	}
	return &nothing{}, nil
}

type removeTagsInput struct {
	rdsResourceInput
	Keys []string `query:"TagKeys.member"`
}

func removeTagsFromResource(a *rdsState, _ caller, in *removeTagsInput) (*nothing, error) {
	t, err := in.tags(a)
	if err != nil {
		return nil, err
	}
	for _, k := range in.Keys {
		delete(t, k)
	}
	return &nothing{}, nil
}

type listTagsInput struct {
	rdsResourceInput
	Filters []rdsFilter `query:"Filters.Filter"`
}

type listTagsOutput struct {
	Tags listOf[rdsTag] `xml:"TagList"`
}

func listTagsForResource(a *rdsState, _ caller, in *listTagsInput) (*listTagsOutput, error) {
	t, err := in.tags(a)
	if err != nil {
		return nil, err
	}
	return &listTagsOutput{t.rdsPairs()}, nil
}
