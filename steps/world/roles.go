package world

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The AWS managed policies concerned.
// https://docs.aws.amazon.com/eks/latest/userguide/security-iam-awsmanpol.html
const (
	PolicyController = "AmazonEKSVPCResourceController"
	PolicyCluster    = "AmazonEKSClusterPolicy"
	PolicyCNI        = "AmazonEKS_CNI_Policy"
)

func ManagedPolicyARN(partition, name string) string {
	return fmt.Sprintf("arn:%s:iam::aws:policy/%s", cmp.Or(partition, "aws"), name)
}

// Has reports whether an AWS managed policy is attached. A customer's own policy
// of the same name is another one.
func (r Role) Has(policy string) bool {
	partition := ""
	if parts := strings.Split(r.ARN, ":"); len(parts) > 1 {
		partition = parts[1]
	}
	return slices.Contains(r.AttachedPolicies, ManagedPolicyARN(partition, policy))
}

// ControllerActions are the calls of the VPC resource controller that its
// managed policy allows. It makes them with the cluster's role.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSVPCResourceController.html
func ControllerActions() []string {
	return []string{
		"ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission",
		"ec2:DeleteNetworkInterface", "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses",
	}
}

// ClusterPolicyActions are its calls that the cluster's own managed policy
// allows. What else it calls, such as AssociateTrunkInterface, it does with a
// role of EKS.
func ClusterPolicyActions() []string {
	return []string{"ec2:CreateTags", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
}

// RoleMay reports whether a simulation says that the cluster's role may do all
// of it, by whatever policy.
func (s *Snapshot) RoleMay(actions []string) bool {
	if _, missing := s.Missing(FactRoleActions); missing {
		return false
	}
	return !slices.ContainsFunc(actions, func(a string) bool { return !slices.Contains(s.Cloud.ClusterRole.Allowed, a) })
}
