package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"golang.org/x/sync/errgroup"

	"podsg/aws/answer"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// Clusters lists the names of the region's EKS clusters, sorted.
func (c *Client) Clusters(ctx context.Context) ([]string, error) {
	names := []string{}
	pages := eks.NewListClustersPaginator(c.eks, &eks.ListClustersInput{MaxResults: awssdk.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "list EKS clusters", c.region)
		}
		names = append(names, page.Clusters...)
	}
	slices.Sort(names)
	return names, nil
}

// Cluster describes one cluster. A missing one is a [world.ProblemNotFound]
// that names the clusters of the region.
func (c *Client) Cluster(ctx context.Context, name string) (world.Cluster, error) {
	const doing = "describe EKS cluster"
	out, err := c.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &name})
	if hasCode(err, "ResourceNotFoundException") {
		return world.Cluster{}, c.noSuchCluster(ctx, doing, name)
	}
	if err != nil {
		return world.Cluster{}, c.problem(err, doing, name)
	}
	cluster := clusterFacts(out.Cluster)
	if cluster.Name == "" {
		return world.Cluster{}, c.problem(answer.ErrNoContent, "describe cluster", name)
	}
	return cluster, nil
}

func (c *Client) noSuchCluster(ctx context.Context, doing, name string) error {
	p := &world.Problem{
		Kind: world.ProblemNotFound, Doing: doing, Object: name,
		Err: fmt.Errorf("there is none of this name in %s", c.region),
	}
	names, err := c.Clusters(ctx)
	switch {
	case err != nil:
		p.Hint = "check the name, --region and --profile"
	case len(names) == 0:
		p.Hint = fmt.Sprintf("there is no EKS cluster in %s at all: check --region and --profile", c.region)
	default:
		p.Hint = fmt.Sprintf("the clusters in %s are: %s", c.region, strings.Join(names, ", "))
	}
	p.Command = c.login.command(shell.Command("aws eks list-clusters --region %s", c.region))
	return p
}

func clusterFacts(in *types.Cluster) world.Cluster {
	out := world.Cluster{
		Name:            awssdk.ToString(in.Name),
		ARN:             awssdk.ToString(in.Arn),
		Status:          string(in.Status),
		Endpoint:        awssdk.ToString(in.Endpoint),
		Version:         awssdk.ToString(in.Version),
		PlatformVersion: awssdk.ToString(in.PlatformVersion),
		RoleARN:         awssdk.ToString(in.RoleArn),
	}
	if ca := in.CertificateAuthority; ca != nil {
		out.CAData = awssdk.ToString(ca.Data)
	}
	if vpc := in.ResourcesVpcConfig; vpc != nil {
		out.VPCID = awssdk.ToString(vpc.VpcId)
		out.SecurityGroupID = awssdk.ToString(vpc.ClusterSecurityGroupId)
		out.ExtraSecurityGroupIDs = vpc.SecurityGroupIds
		out.SubnetIDs = vpc.SubnetIds
		out.PublicEndpoint = vpc.EndpointPublicAccess
	}
	if compute := in.ComputeConfig; compute != nil {
		out.AutoMode = awssdk.ToBool(compute.Enabled)
	}
	if network := in.KubernetesNetworkConfig; network != nil {
		out.IPFamily = string(network.IpFamily)
	}
	if access := in.AccessConfig; access != nil {
		out.AuthMode = string(access.AuthenticationMode)
	}
	if health := in.Health; health != nil {
		for _, issue := range health.Issues {
			out.HealthIssues = append(out.HealthIssues, fmt.Sprintf("%s: %s", issue.Code, awssdk.ToString(issue.Message)))
		}
	}
	return out
}

// concurrentDescribes bounds calls that have to be made one per object.
const concurrentDescribes = 8

// nodegroups lists the managed node groups and describes them, which EKS offers
// one by one only, at the same time.
func (c *Client) nodegroups(ctx context.Context, cluster string) ([]world.Nodegroup, error) {
	var names []string
	pages := eks.NewListNodegroupsPaginator(c.eks, &eks.ListNodegroupsInput{ClusterName: &cluster, MaxResults: awssdk.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "list node groups of", cluster)
		}
		names = append(names, page.Nodegroups...)
	}
	var (
		mu  sync.Mutex
		out []world.Nodegroup
	)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentDescribes)
	for _, name := range names {
		group.Go(func() error {
			described, err := c.eks.DescribeNodegroup(ctx, &eks.DescribeNodegroupInput{ClusterName: &cluster, NodegroupName: &name})
			if hasCode(err, "ResourceNotFoundException") {
				return nil // deleted since it was listed
			}
			if err != nil {
				return c.problem(err, "describe node group", name)
			}
			mu.Lock()
			defer mu.Unlock()
			out = append(out, nodegroupFacts(described.Nodegroup))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b world.Nodegroup) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func nodegroupFacts(in *types.Nodegroup) world.Nodegroup {
	out := world.Nodegroup{
		Name:          awssdk.ToString(in.NodegroupName),
		Status:        string(in.Status),
		NodeRoleARN:   awssdk.ToString(in.NodeRole),
		InstanceTypes: in.InstanceTypes,
		SubnetIDs:     in.Subnets,
		AMIType:       string(in.AmiType),
	}
	if scaling := in.ScalingConfig; scaling != nil {
		out.DesiredSize = int(awssdk.ToInt32(scaling.DesiredSize))
	}
	return out
}
