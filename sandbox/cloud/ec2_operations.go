package cloud

// ec2Operations are the actions of EC2 that the account answers.
func ec2Operations(a *ec2State) []operation {
	return []operation{
		define(a, "ec2", "DescribeVpcs", reads, describeVpcs),
		define(a, "ec2", "DescribeVpcAttribute", reads, describeVpcAttribute),
		define(a, "ec2", "DescribeSubnets", reads, describeSubnets),
		define(a, "ec2", "DescribeRouteTables", reads, describeRouteTables),
		define(a, "ec2", "DescribeNetworkAcls", reads, describeNetworkACLs),
		define(a, "ec2", "DescribeVpcPeeringConnections", reads, describeVpcPeeringConnections),
		define(a, "ec2", "DescribeManagedPrefixLists", reads, describeManagedPrefixLists),
		define(a, "ec2", "GetManagedPrefixListEntries", reads, getManagedPrefixListEntries),

		define(a, "ec2", "DescribeSecurityGroups", reads, describeSecurityGroups),
		define(a, "ec2", "CreateSecurityGroup", changes, createSecurityGroup),
		define(a, "ec2", "DeleteSecurityGroup", changes, deleteSecurityGroup),
		define(a, "ec2", "DescribeSecurityGroupVpcAssociations", reads, describeSecurityGroupVpcAssociations),
		define(a, "ec2", "DescribeSecurityGroupRules", reads, describeSecurityGroupRules),
		define(a, "ec2", "AuthorizeSecurityGroupIngress", changes, authorizeIngress),
		define(a, "ec2", "AuthorizeSecurityGroupEgress", changes, authorizeEgress),
		define(a, "ec2", "RevokeSecurityGroupIngress", changes, revokeIngress),
		define(a, "ec2", "RevokeSecurityGroupEgress", changes, revokeEgress),

		define(a, "ec2", "CreateTags", changes, createTags),
		define(a, "ec2", "DeleteTags", changes, deleteTags),
		define(a, "ec2", "DescribeTags", reads, describeTags),

		define(a, "ec2", "DescribeInstances", reads, describeInstances),
		define(a, "ec2", "DescribeInstanceTypes", reads, describeInstanceTypes),

		define(a, "ec2", "DescribeNetworkInterfaces", reads, describeNetworkInterfaces),
		define(a, "ec2", "CreateNetworkInterface", changes, createNetworkInterface),
		define(a, "ec2", "DeleteNetworkInterface", changes, deleteNetworkInterface),
		define(a, "ec2", "AttachNetworkInterface", changes, attachNetworkInterface),
		define(a, "ec2", "DetachNetworkInterface", changes, detachNetworkInterface),
		define(a, "ec2", "ModifyNetworkInterfaceAttribute", changes, modifyNetworkInterfaceAttribute),
		define(a, "ec2", "CreateNetworkInterfacePermission", changes, createNetworkInterfacePermission),
		define(a, "ec2", "AssignPrivateIpAddresses", changes, assignPrivateIPAddresses),
		define(a, "ec2", "UnassignPrivateIpAddresses", changes, unassignPrivateIPAddresses),
		define(a, "ec2", "AssociateTrunkInterface", changes, associateTrunkInterface),
		define(a, "ec2", "DisassociateTrunkInterface", changes, disassociateTrunkInterface),
		define(a, "ec2", "DescribeTrunkInterfaceAssociations", reads, describeTrunkInterfaceAssociations),
	}
}

// done is EC2's answer to an action that has nothing to tell.
type done struct {
	Return bool `xml:"return"`
}

var succeeded = &done{Return: true}
