package aws

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/steps/world"
)

// Tags that the VPC resource controller puts on branch ENIs, which have no
// attachment that would tell:
// https://github.com/aws/amazon-vpc-resource-controller-k8s
const (
	tagTrunkENI = "vpcresources.k8s.aws/trunk-eni-id"
	tagVLAN     = "vpcresources.k8s.aws/vlan-id"
)

// GroupInterfaces lists the network interfaces that carry a security group.
func (c *Client) GroupInterfaces(ctx context.Context, groupID string) ([]world.Interface, error) {
	return c.interfaces(ctx, "describe network interfaces of security group", groupID, filter("group-id", groupID))
}

// vpcInterfaces lists every network interface of a VPC.
func (c *Client) vpcInterfaces(ctx context.Context, vpcID string) ([]world.Interface, error) {
	return c.interfaces(ctx, "describe network interfaces of VPC", vpcID, filter("vpc-id", vpcID))
}

func (c *Client) interfaces(ctx context.Context, doing, object string, filters ...types.Filter) ([]world.Interface, error) {
	var out []world.Interface
	if err := c.eachInterface(ctx, doing, object, func(e world.Interface) { out = append(out, e) }, filters...); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b world.Interface) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// eachInterface passes the network interfaces that filters choose to each, page
// by page.
func (c *Client) eachInterface(ctx context.Context, doing, object string, each func(world.Interface), filters ...types.Filter) error {
	pages := ec2.NewDescribeNetworkInterfacesPaginator(c.ec2, &ec2.DescribeNetworkInterfacesInput{
		Filters: filters, MaxResults: awssdk.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return c.problem(err, doing, object)
		}
		for _, in := range page.NetworkInterfaces {
			each(interfaceFacts(in))
		}
	}
	return nil
}

func interfaceFacts(in types.NetworkInterface) world.Interface {
	tags := tagMap(in.TagSet)
	out := world.Interface{
		ID: awssdk.ToString(in.NetworkInterfaceId), Type: string(in.InterfaceType), Status: string(in.Status),
		Description: awssdk.ToString(in.Description), SubnetID: awssdk.ToString(in.SubnetId),
		PrivateIP: awssdk.ToString(in.PrivateIpAddress), TrunkID: tags[tagTrunkENI], Tags: tags,
	}
	out.VLAN, _ = strconv.Atoi(tags[tagVLAN]) // not there: 0
	for _, ip := range in.PrivateIpAddresses {
		out.IPs = append(out.IPs, awssdk.ToString(ip.PrivateIpAddress))
	}
	for _, ip := range in.Ipv6Addresses {
		out.IPs = append(out.IPs, awssdk.ToString(ip.Ipv6Address))
	}
	for _, p := range in.Ipv4Prefixes {
		out.Prefixes = append(out.Prefixes, awssdk.ToString(p.Ipv4Prefix))
	}
	for _, p := range in.Ipv6Prefixes {
		out.Prefixes = append(out.Prefixes, awssdk.ToString(p.Ipv6Prefix))
	}
	for _, g := range in.Groups {
		out.Groups = append(out.Groups, awssdk.ToString(g.GroupId))
	}
	if attachment := in.Attachment; attachment != nil {
		out.InstanceID = awssdk.ToString(attachment.InstanceId)
		out.DeviceIndex = int(awssdk.ToInt32(attachment.DeviceIndex))
	}
	return out
}

// interfaceUse says what an interface belongs to, for an error message.
func interfaceUse(e world.Interface) string {
	switch {
	case e.Type == world.InterfaceBranch:
		return fmt.Sprintf("%s (branch ENI of a pod, %s)", e.ID, e.PrivateIP)
	case e.InstanceID != "":
		return fmt.Sprintf("%s (of instance %s)", e.ID, e.InstanceID)
	case e.Description != "":
		return fmt.Sprintf("%s (%s)", e.ID, e.Description)
	default:
		return e.ID
	}
}
