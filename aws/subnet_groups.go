package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"golang.org/x/sync/errgroup"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// subnetGroups lists the region's DB subnet groups. RDS tells tags of these by
// a call of their own, which is made for the groups of the cluster's VPC only.
func (c *Client) subnetGroups(ctx context.Context, vpcID string) ([]world.DBSubnetGroup, error) {
	var out []world.DBSubnetGroup
	pages := rds.NewDescribeDBSubnetGroupsPaginator(c.rds, &rds.DescribeDBSubnetGroupsInput{MaxRecords: awssdk.Int32(rdsPageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "describe DB subnet groups", "")
		}
		for _, in := range page.DBSubnetGroups {
			out = append(out, subnetGroupFacts(in))
		}
	}
	slices.SortFunc(out, func(a, b world.DBSubnetGroup) int { return strings.Compare(a.Name, b.Name) })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentDescribes)
	for i := range out {
		if out[i].VPCID == vpcID {
			group.Go(func() (err error) { out[i].Tags, err = c.databaseTags(ctx, out[i].ARN, out[i].Name); return err })
		}
	}
	return out, group.Wait()
}

func (c *Client) databaseTags(ctx context.Context, arn, name string) (map[string]string, error) {
	out, err := c.rds.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: &arn})
	if hasCode(err, "DBSubnetGroupNotFound") {
		return nil, nil // deleted since it was listed
	}
	if err != nil {
		return nil, c.problem(err, "list the tags of DB subnet group", name)
	}
	return rdsTagMap(out.TagList), nil
}

func subnetGroupFacts(in types.DBSubnetGroup) world.DBSubnetGroup {
	out := world.DBSubnetGroup{
		Name: awssdk.ToString(in.DBSubnetGroupName), ARN: awssdk.ToString(in.DBSubnetGroupArn), VPCID: awssdk.ToString(in.VpcId),
	}
	for _, s := range in.Subnets {
		out.SubnetIDs = append(out.SubnetIDs, awssdk.ToString(s.SubnetIdentifier))
	}
	slices.Sort(out.SubnetIDs)
	return out
}

// CreateDBSubnetGroup makes a DB subnet group. One of that name with the very
// tags and subnets is taken as made; any other is a [world.ProblemChanged].
func (c *Client) CreateDBSubnetGroup(ctx context.Context, g plan.NewDBSubnetGroup) error {
	const doing = "create DB subnet group"
	_, err := c.rds.CreateDBSubnetGroup(ctx, &rds.CreateDBSubnetGroupInput{
		DBSubnetGroupName: &g.Name, DBSubnetGroupDescription: &g.Description, SubnetIds: g.SubnetIDs, Tags: rdsTags(g.Tags),
	})
	if hasCode(err, "DBSubnetGroupAlreadyExists") && c.sameSubnetGroup(ctx, g) {
		return nil
	}
	if err == nil {
		return nil
	}
	p := c.refusal(err, doing, g.Name)
	if hint := subnetGroupHint(err); hint != "" {
		p.Hint = hint
	}
	return p
}

func (c *Client) sameSubnetGroup(ctx context.Context, g plan.NewDBSubnetGroup) bool {
	out, err := c.rds.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: &g.Name})
	if err != nil || len(out.DBSubnetGroups) != 1 {
		return false
	}
	have := subnetGroupFacts(out.DBSubnetGroups[0])
	want := slices.Sorted(slices.Values(g.SubnetIDs))
	tags, err := c.databaseTags(ctx, have.ARN, g.Name)
	return err == nil && slices.Equal(have.SubnetIDs, want) && hasTags(tags, g.Tags)
}

// DeleteDBSubnetGroup deletes a DB subnet group; one that is gone already is no
// error, and one with instances in it is a [world.ProblemInUse].
func (c *Client) DeleteDBSubnetGroup(ctx context.Context, name string) error {
	_, err := c.rds.DeleteDBSubnetGroup(ctx, &rds.DeleteDBSubnetGroupInput{DBSubnetGroupName: &name})
	if hasCode(err, "DBSubnetGroupNotFound") {
		return nil
	}
	return c.changeProblem(err, "delete DB subnet group", name)
}
