package aws

import (
	"context"

	"podsg/steps/world"
)

// PodInterfaces passes the trunk and branch ENIs of a VPC to each, page by page,
// for views that read them again and again: the other interfaces of a large VPC
// are not sent, and no list of all is made.
func (c *Client) PodInterfaces(ctx context.Context, vpcID string, each func(world.Interface)) error {
	return c.eachInterface(ctx, "describe trunk and branch ENIs of VPC", vpcID, each,
		filter("vpc-id", vpcID), filter("interface-type", world.InterfaceTrunk, world.InterfaceBranch))
}

// SecurityGroups lists the security groups of a VPC with their rules.
func (c *Client) SecurityGroups(ctx context.Context, vpcID string) ([]world.SecurityGroup, error) {
	return c.securityGroups(ctx, vpcID)
}
