package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"podsg/aws/answer"
	"podsg/steps/world"
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

// vpc reads the VPC and its attributes, its subnets, and, from the route tables,
// which of them are public. A VPC counts as having an internet gateway when a
// route leads to one, which takes no further permission to find out.
func (c *Client) vpc(ctx context.Context, id string) (world.VPC, []world.Subnet, error) {
	var (
		vpc                  world.VPC
		subnets              []world.Subnet
		routes               internetRoutes
		dnsSupport, dnsHosts bool
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
	group.Go(func() (err error) { subnets, err = c.subnets(ctx, id); return err })
	group.Go(func() (err error) { routes, err = c.internetRoutes(ctx, id); return err })
	if err := group.Wait(); err != nil {
		return world.VPC{}, nil, err
	}
	vpc.DNSSupport, vpc.DNSHostnames, vpc.HasIGW = dnsSupport, dnsHosts, routes.any
	for i := range subnets {
		subnets[i].Public = routes.from(subnets[i].ID)
	}
	return vpc, subnets, nil
}

func (c *Client) describeVPC(ctx context.Context, id string) (world.VPC, error) {
	const doing = "describe VPC"
	out, err := c.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	if err != nil {
		return world.VPC{}, c.problem(err, doing, id)
	}
	if len(out.Vpcs) == 0 {
		return world.VPC{}, &world.Problem{Kind: world.ProblemNotFound, Doing: doing, Object: id, Err: errNotListed}
	}
	in := out.Vpcs[0]
	vpc := world.VPC{ID: id, Name: tagMap(in.Tags)["Name"]}
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
	if attribute == nil || attribute.Value == nil {
		return false, c.problem(answer.ErrNoContent, "read attribute "+string(name)+" of VPC", id)
	}
	return *attribute.Value, nil
}

func (c *Client) subnets(ctx context.Context, vpcID string) ([]world.Subnet, error) {
	var out []world.Subnet
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
			out = append(out, world.Subnet{
				ID: awssdk.ToString(in.SubnetId), Name: tags["Name"], Zone: awssdk.ToString(in.AvailabilityZone),
				CIDR: awssdk.ToString(in.CidrBlock), FreeIPs: int(awssdk.ToInt32(in.AvailableIpAddressCount)), Tags: tags,
				Edge: in.OutpostArn != nil || !c.ownZone(awssdk.ToString(in.AvailabilityZone)),
			})
		}
	}
	slices.SortFunc(out, func(a, b world.Subnet) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// ownZone reports whether a zone is an Availability Zone of the region, such as
// us-west-2a, and not a Local Zone (us-west-2-lax-1a) or a Wavelength Zone
// (us-west-2-wl1-las-wlz-1).
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
func (c *Client) ownZone(zone string) bool {
	letter, ok := strings.CutPrefix(zone, c.region)
	return ok && len(letter) == 1 && letter[0] >= 'a' && letter[0] <= 'z'
}

// internetRoutes says from where a VPC's route tables lead to the internet.
type internetRoutes struct {
	bySubnet map[string]bool // subnets with a route table of their own
	main     bool            // the others use the main route table
	any      bool            // some route table does
}

// from reports whether a subnet is public.
func (r internetRoutes) from(subnetID string) bool {
	if public, ok := r.bySubnet[subnetID]; ok {
		return public
	}
	return r.main
}

func (c *Client) internetRoutes(ctx context.Context, vpcID string) (internetRoutes, error) {
	out := internetRoutes{bySubnet: map[string]bool{}}
	pages := ec2.NewDescribeRouteTablesPaginator(c.ec2, &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{filter("vpc-id", vpcID)}, MaxResults: awssdk.Int32(routeTablePageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return internetRoutes{}, c.problem(err, "describe route tables of VPC", vpcID)
		}
		for _, table := range page.RouteTables {
			public := slices.ContainsFunc(table.Routes, leadsToInternet)
			out.any = out.any || public
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
	return awssdk.ToString(r.DestinationCidrBlock) == "0.0.0.0/0" &&
		strings.HasPrefix(awssdk.ToString(r.GatewayId), "igw-") && r.State != types.RouteStateBlackhole
}
