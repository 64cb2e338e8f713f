package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"podsg/steps"
)

// Page sizes of EC2 listings: the largest that each call allows.
const (
	pageSize           = 1000
	routeTablePageSize = 100
)

// filter is one EC2 filter.
func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

// vpc reads the VPC and its attributes, its subnets, and, from route tables and
// internet gateways, which of them are public.
func (c *Client) vpc(ctx context.Context, id string) (steps.VPC, []steps.Subnet, error) {
	var (
		vpc                          steps.VPC
		subnets                      []steps.Subnet
		public                       publicSubnets
		dnsSupport, dnsHosts, hasIGW bool
	)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { vpc, err = c.describeVPC(ctx, id); return err })
	group.Go(func() (err error) {
		dnsSupport, err = c.vpcAttribute(ctx, id, types.VpcAttributeNameEnableDnsSupport)
		return err
	})
	group.Go(func() (err error) {
		dnsHosts, err = c.vpcAttribute(ctx, id, types.VpcAttributeNameEnableDnsHostnames)
		return err
	})
	group.Go(func() (err error) { hasIGW, err = c.hasInternetGateway(ctx, id); return err })
	group.Go(func() (err error) { subnets, err = c.subnets(ctx, id); return err })
	group.Go(func() (err error) { public, err = c.publicSubnets(ctx, id); return err })
	if err := group.Wait(); err != nil {
		return steps.VPC{}, nil, err
	}
	vpc.DNSSupport, vpc.DNSHostnames, vpc.HasIGW = dnsSupport, dnsHosts, hasIGW
	for i := range subnets {
		subnets[i].Public = public.contains(subnets[i].ID)
	}
	return vpc, subnets, nil
}

func (c *Client) describeVPC(ctx context.Context, id string) (steps.VPC, error) {
	const doing = "describe VPC"
	out, err := c.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	if err != nil {
		return steps.VPC{}, c.problem(err, doing, id)
	}
	if len(out.Vpcs) == 0 {
		return steps.VPC{}, &steps.Problem{Kind: steps.ProblemNotFound, Doing: doing, Object: id, Err: errNotListed}
	}
	in := out.Vpcs[0]
	vpc := steps.VPC{ID: id, Name: tagMap(in.Tags)["Name"]}
	for _, block := range in.CidrBlockAssociationSet {
		if block.CidrBlockState == nil || block.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			vpc.CIDRs = append(vpc.CIDRs, awssdk.ToString(block.CidrBlock))
		}
	}
	if len(vpc.CIDRs) == 0 && in.CidrBlock != nil {
		vpc.CIDRs = []string{*in.CidrBlock}
	}
	for _, block := range in.Ipv6CidrBlockAssociationSet {
		if block.Ipv6CidrBlock != nil {
			vpc.CIDRs = append(vpc.CIDRs, *block.Ipv6CidrBlock)
		}
	}
	return vpc, nil
}

func (c *Client) vpcAttribute(ctx context.Context, id string, name types.VpcAttributeName) (bool, error) {
	out, err := c.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: &id, Attribute: name})
	if err != nil {
		return false, c.problem(err, "read attribute "+string(name)+" of VPC", id)
	}
	attribute := out.EnableDnsSupport
	if name == types.VpcAttributeNameEnableDnsHostnames {
		attribute = out.EnableDnsHostnames
	}
	return attribute != nil && awssdk.ToBool(attribute.Value), nil
}

func (c *Client) hasInternetGateway(ctx context.Context, vpcID string) (bool, error) {
	out, err := c.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{
		Filters: []types.Filter{filter("attachment.vpc-id", vpcID)},
	})
	if err != nil {
		return false, c.problem(err, "describe internet gateways of VPC", vpcID)
	}
	return len(out.InternetGateways) > 0, nil
}

func (c *Client) subnets(ctx context.Context, vpcID string) ([]steps.Subnet, error) {
	var out []steps.Subnet
	pages := ec2.NewDescribeSubnetsPaginator(c.ec2, &ec2.DescribeSubnetsInput{
		Filters: []types.Filter{filter("vpc-id", vpcID)}, MaxResults: awssdk.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "describe subnets of VPC", vpcID)
		}
		for _, in := range page.Subnets {
			tags := tagMap(in.Tags)
			out = append(out, steps.Subnet{
				ID: awssdk.ToString(in.SubnetId), Name: tags["Name"], Zone: awssdk.ToString(in.AvailabilityZone),
				CIDR: awssdk.ToString(in.CidrBlock), FreeIPs: int(awssdk.ToInt32(in.AvailableIpAddressCount)), Tags: tags,
			})
		}
	}
	slices.SortFunc(out, func(a, b steps.Subnet) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// publicSubnets says which subnets of a VPC are public.
type publicSubnets struct {
	bySubnet map[string]bool // those with a route table of their own
	main     bool            // the others use the main route table
}

func (p publicSubnets) contains(subnetID string) bool {
	if public, ok := p.bySubnet[subnetID]; ok {
		return public
	}
	return p.main
}

func (c *Client) publicSubnets(ctx context.Context, vpcID string) (publicSubnets, error) {
	out := publicSubnets{bySubnet: map[string]bool{}}
	pages := ec2.NewDescribeRouteTablesPaginator(c.ec2, &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{filter("vpc-id", vpcID)}, MaxResults: awssdk.Int32(routeTablePageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return publicSubnets{}, c.problem(err, "describe route tables of VPC", vpcID)
		}
		for _, table := range page.RouteTables {
			public := slices.ContainsFunc(table.Routes, leadsToInternet)
			for _, association := range table.Associations {
				if awssdk.ToBool(association.Main) {
					out.main = public
				} else if association.SubnetId != nil {
					out.bySubnet[*association.SubnetId] = public
				}
			}
		}
	}
	return out, nil
}

// leadsToInternet reports whether a route sends everything to an internet
// gateway, which is what makes a subnet public.
func leadsToInternet(r types.Route) bool {
	return awssdk.ToString(r.DestinationCidrBlock) == "0.0.0.0/0" && strings.HasPrefix(awssdk.ToString(r.GatewayId), "igw-")
}
