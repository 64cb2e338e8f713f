package iam

import (
	"encoding/json"
	"strings"
)

// managedPolicies are the AWS managed policies that an EKS cluster and its
// nodes use, with the actions that the AWS Managed Policy Reference lists.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
var managedPolicies = []struct {
	name, description string
	statements        []statement
}{
	{
		name:        "AmazonEKSClusterPolicy",
		description: "This policy provides Kubernetes the permissions it requires to manage resources on your behalf.",
		statements: []statement{
			allow(`autoscaling:DescribeAutoScalingGroups autoscaling:UpdateAutoScalingGroup ec2:AttachVolume
				ec2:AuthorizeSecurityGroupIngress ec2:CreateRoute ec2:CreateSecurityGroup ec2:CreateTags ec2:CreateVolume
				ec2:DeleteRoute ec2:DeleteSecurityGroup ec2:DeleteVolume ec2:DescribeInstances ec2:DescribeRouteTables
				ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVolumes ec2:DescribeVolumesModifications
				ec2:DescribeVpcs ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeAvailabilityZones
				ec2:DescribeInstanceTopology ec2:DetachVolume ec2:ModifyInstanceAttribute ec2:ModifyVolume
				ec2:RevokeSecurityGroupIngress ec2:DescribeAccountAttributes ec2:DescribeAddresses
				ec2:DescribeInternetGateways elasticloadbalancing:AddTags elasticloadbalancing:CreateListener
				elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:CreateTargetGroup
				elasticloadbalancing:DeleteListener elasticloadbalancing:DeleteLoadBalancer
				elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeTargetGroups
				elasticloadbalancing:ModifyListener elasticloadbalancing:RegisterTargets kms:DescribeKey`),
		},
	},
	{
		name:        "AmazonEKSVPCResourceController",
		description: "Policy used by VPC Resource Controller to manage ENI and IPs for worker nodes.",
		statements: []statement{
			{
				Effect: "Allow", Action: textList{"ec2:CreateNetworkInterfacePermission"}, Resource: textList{"*"},
				Condition: map[string]map[string]textList{
					"ForAnyValue:StringEquals": {"ec2:ResourceTag/eks:eni:owner": {"eks-vpc-resource-controller"}},
				},
			},
			allow(`ec2:CreateNetworkInterface ec2:DetachNetworkInterface ec2:ModifyNetworkInterfaceAttribute
				ec2:DeleteNetworkInterface ec2:AttachNetworkInterface ec2:UnassignPrivateIpAddresses ec2:AssignPrivateIpAddresses`),
		},
	},
	{
		name:        "AmazonEKSWorkerNodePolicy",
		description: "This policy allows Amazon EKS worker nodes to connect to Amazon EKS Clusters.",
		statements: []statement{
			allow(`ec2:DescribeInstances ec2:DescribeInstanceTypes ec2:DescribeRouteTables ec2:DescribeSecurityGroups
				ec2:DescribeSubnets ec2:DescribeVolumes ec2:DescribeVolumesModifications ec2:DescribeVpcs
				eks:DescribeCluster eks-auth:AssumeRoleForPodIdentity`),
		},
	},
	{
		name:        "AmazonEKS_CNI_Policy",
		description: "This policy provides the Amazon VPC CNI Plugin the permissions it requires to modify the IP address configuration on your EKS worker nodes.",
		statements: []statement{
			allow(`ec2:AssignPrivateIpAddresses ec2:AttachNetworkInterface ec2:CreateNetworkInterface ec2:DeleteNetworkInterface
				ec2:DescribeInstances ec2:DescribeTags ec2:DescribeNetworkInterfaces ec2:DescribeInstanceTypes ec2:DescribeSubnets
				ec2:DetachNetworkInterface ec2:ModifyNetworkInterfaceAttribute ec2:UnassignPrivateIpAddresses`),
			{Effect: "Allow", Action: textList{"ec2:CreateTags"}, Resource: textList{"arn:*:ec2:*:*:network-interface/*"}},
		},
	},
	{
		name:        "AmazonEC2ContainerRegistryReadOnly",
		description: "Provides read-only access to Amazon EC2 Container Registry repositories.",
		statements: []statement{
			allow(`ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:GetRepositoryPolicy
				ecr:DescribeRepositories ecr:ListImages ecr:DescribeImages ecr:BatchGetImage`),
		},
	},
	{
		name:        "AmazonEC2ContainerRegistryPullOnly",
		description: "Provides the permissions to pull images from Amazon ECR.",
		statements:  []statement{allow(`ecr:GetAuthorizationToken ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:BatchImportUpstreamImage`)},
	},
	{
		name:        "AmazonSSMManagedInstanceCore",
		description: "The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.",
		statements:  []statement{allow(`ssm:* ssmmessages:* ec2messages:*`)},
	},
	{
		name:        "AdministratorAccess",
		description: "Provides full access to AWS services and resources.",
		statements:  []statement{allow(`*`)},
	},
}

func allow(actions string) statement {
	return statement{Effect: "Allow", Action: strings.Fields(actions), Resource: textList{"*"}}
}

func (a *State) addManagedPolicies() {
	for _, m := range managedPolicies {
		p := policyDocument{Version: "2012-10-17", Statement: m.statements}
		arn := a.policyARN(m.name)
		document, err := json.Marshal(p)
		if err != nil {
			continue // plain structs of text cannot fail
		}
		a.policies[arn] = &policy{
			Name: m.name, Path: "/", ARN: arn, ID: a.IDs.IAM("ANPA"), Description: m.description, Document: string(document), Created: a.Now(), parsed: p,
		}
	}
}
