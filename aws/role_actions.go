package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"podsg/steps/world"
)

// roleActions are what a simulation says that the cluster's role may do, of what
// the VPC resource controller does with it.
type roleActions struct {
	allowed []string
	denied  map[string]string // by action, with what denies it
}

// clusterRoleActions simulates the policies of the cluster's role for what the
// VPC resource controller does with it, whether or not the managed policies are
// attached: others may allow the same, or take it away.
func (c *Client) clusterRoleActions(ctx context.Context, cluster world.Cluster) (roleActions, error) {
	const doing = "simulate the policies of the cluster's role"
	role, err := arn.Parse(cluster.RoleARN)
	if err != nil {
		return roleActions{}, c.problem(err, doing, cluster.RoleARN)
	}
	tries := controllerTries(role.Partition, c.region, role.AccountID)
	outcomes, refused, err := c.simulate(ctx, iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &cluster.RoleARN, ContextEntries: c.controllerContext(cluster.Name), MaxItems: awssdk.Int32(1000),
	}, tries)
	if err == nil && len(refused) == len(tries) {
		err = refused[0]
	}
	if err != nil {
		return roleActions{}, c.problem(err, doing, lastSegment(cluster.RoleARN))
	}
	out := roleActions{denied: map[string]string{}}
	for _, o := range outcomes {
		switch {
		case o.allowed:
			out.allowed = append(out.allowed, o.action)
		case o.denied:
			out.denied[o.action] = o.by
		}
	}
	slices.Sort(out.allowed)
	out.allowed = slices.Compact(out.allowed)
	return out, nil
}

// controllerTries are the controller's calls on what it makes them for. EC2
// restricts no call that describes to a resource.
func controllerTries(partition, region, account string) []try {
	eni := resourceARN("ec2:REGION:ACCOUNT:network-interface/*", partition, region, account)
	var out []try
	for _, action := range append(world.ControllerActions(), world.ClusterPolicyActions()...) {
		resource := eni
		if strings.HasPrefix(action, "ec2:Describe") {
			resource = arnAny
		}
		out = append(out, try{action, resource})
	}
	return out
}

// controllerContext are the condition keys that the controller's calls carry:
// it tags every interface as its own when it makes it, and the managed policy
// allows one action for interfaces with that tag only.
func (c *Client) controllerContext(cluster string) []types.ContextEntry {
	const owner = "eks-vpc-resource-controller"
	return []types.ContextEntry{
		contextEntry("aws:RequestedRegion", c.region),
		contextEntry("aws:RequestTag/eks:eni:owner", owner),
		contextEntry("aws:RequestTag/kubernetes.io/cluster/"+cluster, "owned"),
		contextEntry("aws:ResourceTag/eks:eni:owner", owner),
		contextEntry("ec2:CreateAction", "CreateNetworkInterface"),
		contextEntry("ec2:ResourceTag/eks:eni:owner", owner),
	}
}
