package aws

import (
	"cmp"
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/steps/world"
)

// acls lists the network ACLs of a VPC.
func (c *Client) acls(ctx context.Context, vpcID string) ([]world.ACL, error) {
	var out []world.ACL
	pages := ec2.NewDescribeNetworkAclsPaginator(c.ec2, &ec2.DescribeNetworkAclsInput{
		Filters: []types.Filter{filter("vpc-id", vpcID)}, MaxResults: awssdk.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "describe network ACLs of VPC", vpcID)
		}
		for _, in := range page.NetworkAcls {
			out = append(out, aclFacts(in))
		}
	}
	slices.SortFunc(out, func(a, b world.ACL) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func aclFacts(in types.NetworkAcl) world.ACL {
	out := world.ACL{ID: awssdk.ToString(in.NetworkAclId)}
	for _, a := range in.Associations {
		out.SubnetIDs = append(out.SubnetIDs, awssdk.ToString(a.SubnetId))
	}
	slices.Sort(out.SubnetIDs)
	for _, e := range in.Entries {
		out.Entries = append(out.Entries, aclEntryFacts(e))
	}
	slices.SortStableFunc(out.Entries, func(a, b world.ACLEntry) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Direction, b.Direction))
	})
	return out
}

// aclEntryFacts reads an entry. EC2 gives a port range for TCP and UDP only.
func aclEntryFacts(in types.NetworkAclEntry) world.ACLEntry {
	out := world.ACLEntry{
		Number: int(awssdk.ToInt32(in.RuleNumber)), Direction: world.Ingress, Allow: in.RuleAction == types.RuleActionAllow,
		Protocol: aclProtocol(awssdk.ToString(in.Protocol)), FromPort: -1, ToPort: -1,
		CIDR: cmp.Or(awssdk.ToString(in.CidrBlock), awssdk.ToString(in.Ipv6CidrBlock)),
	}
	if awssdk.ToBool(in.Egress) {
		out.Direction = world.Egress
	}
	if r := in.PortRange; r != nil {
		out.FromPort, out.ToPort = int(awssdk.ToInt32(r.From)), int(awssdk.ToInt32(r.To))
	}
	return out
}

// aclProtocol is the name of a protocol that an ACL has the number of.
func aclProtocol(number string) string {
	switch number {
	case "1":
		return "icmp"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	default:
		return number
	}
}
