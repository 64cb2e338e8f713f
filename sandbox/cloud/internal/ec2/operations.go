package ec2

import "podsg/sandbox/cloud/internal/wire"

// Operations are the actions of EC2 that the account answers.
func Operations(a *State) []wire.Operation {
	return []wire.Operation{
		wire.Define(a, "ec2", "DescribeVpcs", wire.Reads, describeVpcs),
		wire.Define(a, "ec2", "DescribeVpcAttribute", wire.Reads, describeVpcAttribute),
		wire.Define(a, "ec2", "ModifyVpcAttribute", wire.Changes, modifyVpcAttribute),
		wire.Define(a, "ec2", "DescribeSubnets", wire.Reads, describeSubnets),
		wire.Define(a, "ec2", "DescribeRouteTables", wire.Reads, describeRouteTables),
		wire.Define(a, "ec2", "DescribeNetworkAcls", wire.Reads, describeNetworkACLs),
		wire.Define(a, "ec2", "DescribeVpcPeeringConnections", wire.Reads, describeVpcPeeringConnections),
		wire.Define(a, "ec2", "DescribeManagedPrefixLists", wire.Reads, describeManagedPrefixLists),
		wire.Define(a, "ec2", "GetManagedPrefixListEntries", wire.Reads, getManagedPrefixListEntries),

		wire.Define(a, "ec2", "DescribeSecurityGroups", wire.Reads, describeSecurityGroups),
		wire.Define(a, "ec2", "CreateSecurityGroup", wire.Changes, createSecurityGroup),
		wire.Define(a, "ec2", "DeleteSecurityGroup", wire.Changes, deleteSecurityGroup),
		wire.Define(a, "ec2", "DescribeSecurityGroupVpcAssociations", wire.Reads, describeSecurityGroupVpcAssociations),
		wire.Define(a, "ec2", "DescribeSecurityGroupRules", wire.Reads, describeSecurityGroupRules),
		wire.Define(a, "ec2", "AuthorizeSecurityGroupIngress", wire.Changes, authorizeIngress),
		wire.Define(a, "ec2", "AuthorizeSecurityGroupEgress", wire.Changes, authorizeEgress),
		wire.Define(a, "ec2", "RevokeSecurityGroupIngress", wire.Changes, revokeIngress),
		wire.Define(a, "ec2", "RevokeSecurityGroupEgress", wire.Changes, revokeEgress),

		wire.Define(a, "ec2", "CreateTags", wire.Changes, createTags),
		wire.Define(a, "ec2", "DeleteTags", wire.Changes, deleteTags),
		wire.Define(a, "ec2", "DescribeTags", wire.Reads, describeTags),

		wire.Define(a, "ec2", "DescribeInstances", wire.Reads, describeInstances),
		wire.Define(a, "ec2", "DescribeInstanceTypes", wire.Reads, describeInstanceTypes),

		wire.Define(a, "ec2", "DescribeNetworkInterfaces", wire.Reads, describeNetworkInterfaces),
		wire.Define(a, "ec2", "CreateNetworkInterface", wire.Changes, createNetworkInterface),
		wire.Define(a, "ec2", "DeleteNetworkInterface", wire.Changes, deleteNetworkInterface),
		wire.Define(a, "ec2", "AttachNetworkInterface", wire.Changes, attachNetworkInterface),
		wire.Define(a, "ec2", "DetachNetworkInterface", wire.Changes, detachNetworkInterface),
		wire.Define(a, "ec2", "ModifyNetworkInterfaceAttribute", wire.Changes, modifyNetworkInterfaceAttribute),
		wire.Define(a, "ec2", "CreateNetworkInterfacePermission", wire.Changes, createNetworkInterfacePermission),
		wire.Define(a, "ec2", "AssignPrivateIpAddresses", wire.Changes, assignPrivateIPAddresses),
		wire.Define(a, "ec2", "UnassignPrivateIpAddresses", wire.Changes, unassignPrivateIPAddresses),
		wire.Define(a, "ec2", "AssociateTrunkInterface", wire.Changes, associateTrunkInterface),
		wire.Define(a, "ec2", "DisassociateTrunkInterface", wire.Changes, disassociateTrunkInterface),
		wire.Define(a, "ec2", "DescribeTrunkInterfaceAssociations", wire.Reads, describeTrunkInterfaceAssociations),
	}
}

// done is EC2's answer to an action that has nothing to tell.
type done struct {
	Return bool `xml:"return"`
}

var succeeded = &done{Return: true}
