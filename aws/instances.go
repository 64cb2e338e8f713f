package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/steps/world"
)

// tagNodegroup is on the instances of managed node groups.
const tagNodegroup = "eks:nodegroup-name"

// nodeInstances are the instances that are nodes of a cluster.
type nodeInstances struct {
	list []world.Instance
	// profiles are the ARNs of the instance profiles of nodes that belong to no
	// managed node group, whose role is not known otherwise.
	profiles []string
}

// instances lists the EC2 instances that carry the cluster's tag, which every
// node must: https://docs.aws.amazon.com/eks/latest/userguide/launch-workers.html
func (c *Client) instances(ctx context.Context, cluster string) (nodeInstances, error) {
	var out nodeInstances
	pages := ec2.NewDescribeInstancesPaginator(c.ec2, &ec2.DescribeInstancesInput{
		Filters: []types.Filter{
			filter("tag-key", "kubernetes.io/cluster/"+cluster),
			filter("instance-state-name", "pending", "running", "stopping", "stopped"),
		},
		MaxResults: awssdk.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nodeInstances{}, c.problem(err, "describe EC2 instances of cluster", cluster)
		}
		for _, reservation := range page.Reservations {
			for _, in := range reservation.Instances {
				instance := instanceFacts(in)
				out.list = append(out.list, instance)
				if tagMap(in.Tags)[tagNodegroup] == "" && instance.InstanceProfile != "" {
					out.profiles = append(out.profiles, instance.InstanceProfile)
				}
			}
		}
	}
	slices.SortFunc(out.list, func(a, b world.Instance) int { return strings.Compare(a.ID, b.ID) })
	slices.Sort(out.profiles)
	out.profiles = slices.Compact(out.profiles)
	return out, nil
}

func instanceFacts(in types.Instance) world.Instance {
	out := world.Instance{
		ID: awssdk.ToString(in.InstanceId), Type: string(in.InstanceType), SubnetID: awssdk.ToString(in.SubnetId),
		PrivateIP: awssdk.ToString(in.PrivateIpAddress), PrivateDNS: awssdk.ToString(in.PrivateDnsName),
	}
	if in.State != nil {
		out.State = string(in.State.Name)
	}
	if in.Placement != nil {
		out.Zone = awssdk.ToString(in.Placement.AvailabilityZone)
	}
	if in.IamInstanceProfile != nil {
		out.InstanceProfile = awssdk.ToString(in.IamInstanceProfile.Arn)
	}
	for _, e := range in.NetworkInterfaces {
		if a := e.Attachment; a != nil && awssdk.ToInt32(a.DeviceIndex) == 0 && awssdk.ToInt32(a.NetworkCardIndex) == 0 {
			for _, g := range e.Groups {
				out.PrimaryGroups = append(out.PrimaryGroups, awssdk.ToString(g.GroupId))
			}
		}
	}
	return out
}
