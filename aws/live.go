package aws

import (
	"context"

	"podsg/steps"
)

// PodInterfaces lists the trunk and branch ENIs of a VPC, for views that read
// them again and again: the other interfaces of a large VPC are not sent.
func (c *Client) PodInterfaces(ctx context.Context, vpcID string) ([]steps.Interface, error) {
	return c.interfaces(ctx, "describe trunk and branch ENIs of VPC", vpcID,
		filter("vpc-id", vpcID), filter("interface-type", steps.InterfaceTrunk, steps.InterfaceBranch))
}

// SecurityGroups lists the security groups of a VPC with their rules.
func (c *Client) SecurityGroups(ctx context.Context, vpcID string) ([]steps.SecurityGroup, error) {
	return c.securityGroups(ctx, vpcID)
}
