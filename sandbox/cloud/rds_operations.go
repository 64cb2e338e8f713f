package cloud

// rdsOperations are the actions of RDS that the account answers.
func rdsOperations() []operation {
	return []operation{
		define("rds", "DescribeDBInstances", reads, describeDBInstances),
		define("rds", "CreateDBInstance", changes, createDBInstance),
		define("rds", "ModifyDBInstance", changes, modifyDBInstance),
		define("rds", "DeleteDBInstance", changes, deleteDBInstance),
		define("rds", "StartDBInstance", changes, startDBInstance),
		define("rds", "DescribeDBSubnetGroups", reads, describeDBSubnetGroups),
		define("rds", "CreateDBSubnetGroup", changes, createDBSubnetGroup),
		define("rds", "DeleteDBSubnetGroup", changes, deleteDBSubnetGroup),
		define("rds", "DescribeDBParameterGroups", reads, describeDBParameterGroups),
		define("rds", "DescribeDBParameters", reads, describeDBParameters),
		define("rds", "ModifyDBParameterGroup", changes, modifyDBParameterGroup),
		define("rds", "DescribeDBEngineVersions", reads, describeDBEngineVersions),
		define("rds", "DescribeOrderableDBInstanceOptions", reads, describeOrderableDBInstanceOptions),
		define("rds", "AddTagsToResource", changes, addTagsToResource),
		define("rds", "RemoveTagsFromResource", changes, removeTagsFromResource),
		define("rds", "ListTagsForResource", reads, listTagsForResource),
	}
}

type rdsResourceInput struct {
	ResourceName string `query:"ResourceName,required"`
}

func (in rdsResourceInput) resource(*Account) string { return in.ResourceName }

// tags finds the tags of an object of RDS.
func (in rdsResourceInput) tags(a *Account) (tags, error) {
	for _, name := range sortedKeys(a.rds.instances) {
		if a.arn("rds", "db:"+name) == in.ResourceName {
			return a.rds.instances[name].Tags, nil
		}
	}
	for _, name := range sortedKeys(a.rds.subnetGroups) {
		if a.arn("rds", "subgrp:"+name) == in.ResourceName {
			return a.rds.subnetGroups[name].Tags, nil
		}
	}
	for _, name := range sortedKeys(a.rds.parameterGroups) {
		if a.arn("rds", "pg:"+name) == in.ResourceName {
			return a.rds.parameterGroups[name].Tags, nil
		}
	}
	return nil, fail("InvalidParameterValue", "The specified resource name does not match an RDS resource in this region.")
}

type addTagsInput struct {
	rdsResourceInput
	Tags []rdsTag `query:"Tags.Tag"`
}

func addTagsToResource(a *Account, _ *call, in *addTagsInput) (*nothing, error) {
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

func removeTagsFromResource(a *Account, _ *call, in *removeTagsInput) (*nothing, error) {
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

func listTagsForResource(a *Account, _ *call, in *listTagsInput) (*listTagsOutput, error) {
	t, err := in.tags(a)
	if err != nil {
		return nil, err
	}
	return &listTagsOutput{t.rdsPairs()}, nil
}
