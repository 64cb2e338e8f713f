package cloud

// ec2Operations are the actions of EC2 that the account answers.
func ec2Operations() []operation {
	return []operation{
		define("ec2", "DescribeVpcs", reads, describeVpcs),
		define("ec2", "DescribeVpcAttribute", reads, describeVpcAttribute),
		define("ec2", "DescribeSubnets", reads, describeSubnets),
		define("ec2", "DescribeRouteTables", reads, describeRouteTables),
		define("ec2", "DescribeNetworkAcls", reads, describeNetworkACLs),
		define("ec2", "DescribeVpcPeeringConnections", reads, describeVpcPeeringConnections),
		define("ec2", "DescribeManagedPrefixLists", reads, describeManagedPrefixLists),
		define("ec2", "GetManagedPrefixListEntries", reads, getManagedPrefixListEntries),

		define("ec2", "DescribeSecurityGroups", reads, describeSecurityGroups),
		define("ec2", "CreateSecurityGroup", changes, createSecurityGroup),
		define("ec2", "DeleteSecurityGroup", changes, deleteSecurityGroup),
		define("ec2", "DescribeSecurityGroupVpcAssociations", reads, describeSecurityGroupVpcAssociations),
		define("ec2", "DescribeSecurityGroupRules", reads, describeSecurityGroupRules),
		define("ec2", "AuthorizeSecurityGroupIngress", changes, authorizeIngress),
		define("ec2", "AuthorizeSecurityGroupEgress", changes, authorizeEgress),
		define("ec2", "RevokeSecurityGroupIngress", changes, revokeIngress),
		define("ec2", "RevokeSecurityGroupEgress", changes, revokeEgress),

		define("ec2", "CreateTags", changes, createTags),
		define("ec2", "DeleteTags", changes, deleteTags),
		define("ec2", "DescribeTags", reads, describeTags),

		define("ec2", "DescribeInstances", reads, describeInstances),
		define("ec2", "DescribeInstanceTypes", reads, describeInstanceTypes),

		define("ec2", "DescribeNetworkInterfaces", reads, describeNetworkInterfaces),
		define("ec2", "CreateNetworkInterface", changes, createNetworkInterface),
		define("ec2", "DeleteNetworkInterface", changes, deleteNetworkInterface),
		define("ec2", "AttachNetworkInterface", changes, attachNetworkInterface),
		define("ec2", "DetachNetworkInterface", changes, detachNetworkInterface),
		define("ec2", "ModifyNetworkInterfaceAttribute", changes, modifyNetworkInterfaceAttribute),
		define("ec2", "CreateNetworkInterfacePermission", changes, createNetworkInterfacePermission),
		define("ec2", "AssignPrivateIpAddresses", changes, assignPrivateIPAddresses),
		define("ec2", "UnassignPrivateIpAddresses", changes, unassignPrivateIPAddresses),
		define("ec2", "AssociateTrunkInterface", changes, associateTrunkInterface),
		define("ec2", "DisassociateTrunkInterface", changes, disassociateTrunkInterface),
		define("ec2", "DescribeTrunkInterfaceAssociations", reads, describeTrunkInterfaceAssociations),
	}
}
