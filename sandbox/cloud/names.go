package cloud

import (
	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/eks"
	"podsg/sandbox/cloud/internal/faults"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/nodes"
	"podsg/sandbox/cloud/internal/rds"
)

// What the methods of an [Account] take and return.
type (
	// APIError is an error as an AWS service would answer it.
	APIError = awserr.Error
	// Fault is a trouble injected into the calls of some actions.
	Fault = faults.Fault
	// Quotas are the limits that an account may have raised.
	Quotas = core.Quotas

	// VPCSpec describes a VPC to make.
	VPCSpec = ec2.VPCSpec
	// SubnetSpec describes a subnet to make.
	SubnetSpec = ec2.SubnetSpec
	// RouteSpec is a route of a route table.
	RouteSpec = ec2.RouteSpec
	// ACLEntry is an entry of a network ACL.
	ACLEntry = ec2.ACLEntry
	// Rule is a security group rule.
	Rule = ec2.Rule
	// InterfaceSpec describes a network interface to make.
	InterfaceSpec = ec2.InterfaceSpec
	// Network is a VPC with its subnets, as eksctl makes it.
	Network = ec2.Network

	// RoleSpec describes an IAM role to make.
	RoleSpec = iam.RoleSpec

	// ClusterSpec describes an EKS cluster to make.
	ClusterSpec = eks.ClusterSpec
	// ClusterIssue is one entry of a cluster's health.
	ClusterIssue = eks.ClusterIssue
	// NodeGroupSpec describes a node group to make.
	NodeGroupSpec = eks.NodeGroupSpec
	// Taint is a taint of the nodes of a node group.
	Taint = eks.Taint
	// AddonSpec describes an EKS add-on of a cluster.
	AddonSpec = eks.AddonSpec

	// DatabaseSpec describes an RDS instance to make.
	DatabaseSpec = rds.DatabaseSpec
	// DatabaseEvent tells that a database changed its status or its password.
	DatabaseEvent = rds.DatabaseEvent
	// Delays are the times of the clock that slow operations take.
	Delays = rds.Delays

	// Node is an instance as a cluster sees it.
	Node = nodes.Node
	// ENI is a network interface that the VPC resource controller made.
	ENI = nodes.ENI
	// Branch is a branch interface and its association with a trunk.
	Branch = nodes.Branch
)
