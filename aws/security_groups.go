package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// filterValues is how many values one EC2 filter takes.
const filterValues = 200

// securityGroups reads the groups of a VPC with their rules. Rule ids and rule
// tags are in DescribeSecurityGroupRules only, which is asked for the groups in
// chunks. The entries of a prefix list that may not be read stay empty, which
// [reach.Reach] reports as uncertain.
func (c *Client) securityGroups(ctx context.Context, vpcID string) ([]world.SecurityGroup, error) {
	var (
		out []world.SecurityGroup
		ids []string
	)
	pages := ec2.NewDescribeSecurityGroupsPaginator(c.ec2, &ec2.DescribeSecurityGroupsInput{
		Filters: []types.Filter{filter("vpc-id", vpcID)}, MaxResults: awssdk.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "describe security groups of VPC", vpcID)
		}
		for _, in := range page.SecurityGroups {
			ids = append(ids, awssdk.ToString(in.GroupId))
			out = append(out, groupFacts(in))
		}
	}
	rules, err := c.rules(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Rules = rules[out[i].ID]
	}
	slices.SortFunc(out, func(a, b world.SecurityGroup) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func groupFacts(in types.SecurityGroup) world.SecurityGroup {
	return world.SecurityGroup{
		ID: awssdk.ToString(in.GroupId), Name: awssdk.ToString(in.GroupName), Description: awssdk.ToString(in.Description),
		VPCID: awssdk.ToString(in.VpcId), Tags: tagMap(in.Tags),
	}
}

// rules reads the rules of groups, by group, the chunks at the same time.
func (c *Client) rules(ctx context.Context, groupIDs []string) (map[string][]world.Rule, error) {
	var (
		mu  sync.Mutex
		all = map[string][]world.Rule{}
	)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentDescribes)
	for chunk := range slices.Chunk(groupIDs, filterValues) {
		group.Go(func() error {
			pages := ec2.NewDescribeSecurityGroupRulesPaginator(c.ec2, &ec2.DescribeSecurityGroupRulesInput{
				Filters: []types.Filter{filter("group-id", chunk...)}, MaxResults: awssdk.Int32(pageSize),
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(groupCtx)
				if err != nil {
					return c.problem(err, "describe security group rules", "")
				}
				mu.Lock()
				for _, in := range page.SecurityGroupRules {
					id := awssdk.ToString(in.GroupId)
					all[id] = append(all[id], ruleFacts(in))
				}
				mu.Unlock()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	c.addPrefixEntries(ctx, all)
	return all, nil
}

// addPrefixEntries reads the prefix lists that rules refer to.
func (c *Client) addPrefixEntries(ctx context.Context, rules map[string][]world.Rule) {
	users := map[string][]*world.Rule{} // by prefix list
	for _, list := range rules {
		for i := range list {
			if list[i].PrefixList != "" {
				users[list[i].PrefixList] = append(users[list[i].PrefixList], &list[i])
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(concurrentDescribes)
	for id, refs := range users {
		group.Go(func() error {
			var cidrs []string
			pages := ec2.NewGetManagedPrefixListEntriesPaginator(c.ec2, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: &id})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil // see securityGroups
				}
				for _, entry := range page.Entries {
					cidrs = append(cidrs, awssdk.ToString(entry.Cidr))
				}
			}
			for _, rule := range refs {
				rule.PrefixCIDRs = cidrs
			}
			return nil
		})
	}
	_ = group.Wait()
}

func ruleFacts(in types.SecurityGroupRule) world.Rule {
	rule := world.Rule{
		ID: awssdk.ToString(in.SecurityGroupRuleId), Direction: world.Ingress,
		Protocol: awssdk.ToString(in.IpProtocol), FromPort: portOf(in.FromPort), ToPort: portOf(in.ToPort),
		CIDR: awssdk.ToString(in.CidrIpv4), PrefixList: awssdk.ToString(in.PrefixListId),
		Description: awssdk.ToString(in.Description), Tags: tagMap(in.Tags),
	}
	if awssdk.ToBool(in.IsEgress) {
		rule.Direction = world.Egress
	}
	if in.CidrIpv6 != nil {
		rule.CIDR = *in.CidrIpv6
	}
	if peer := in.ReferencedGroupInfo; peer != nil {
		rule.PeerGroup = awssdk.ToString(peer.GroupId)
	}
	return rule
}

// portOf is a port as EC2 means it: none is -1, all.
func portOf(p *int32) int {
	if p == nil {
		return -1
	}
	return int(*p)
}

// CreateSecurityGroup makes a group and waits until EC2 knows it everywhere, so
// that rules can be added to it. If there already is a group of that name in
// the VPC with the very tags, made by an attempt whose answer was lost or by an
// interrupted run, its id is returned; any other is a [world.ProblemChanged].
// An error with an id is of the wait alone: the group was made.
func (c *Client) CreateSecurityGroup(ctx context.Context, g plan.NewSecurityGroup) (string, error) {
	const doing = "create security group"
	out, err := c.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: &g.Name, Description: &g.Description, VpcId: &g.VPCID,
		TagSpecifications: tagSpecification(types.ResourceTypeSecurityGroup, g.Tags),
	})
	if hasCode(err, "InvalidGroup.Duplicate") {
		if id, found := c.groupWithTags(ctx, g); found {
			return id, nil
		}
	}
	if err != nil {
		return "", c.changeProblem(err, doing, g.Name)
	}
	id := awssdk.ToString(out.GroupId)
	return id, c.waitGroup(ctx, doing, id) // the group is there, whatever becomes of the wait
}

// groupWithTags finds a group by name and all its tags.
func (c *Client) groupWithTags(ctx context.Context, g plan.NewSecurityGroup) (id string, found bool) {
	out, err := c.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{
		Filters: []types.Filter{filter("vpc-id", g.VPCID), filter("group-name", g.Name)},
	})
	if err != nil || len(out.SecurityGroups) != 1 || !hasTags(tagMap(out.SecurityGroups[0].Tags), g.Tags) {
		return "", false
	}
	return awssdk.ToString(out.SecurityGroups[0].GroupId), true
}

// waitGroup waits until EC2 shows a group that was just made.
func (c *Client) waitGroup(ctx context.Context, doing, id string) error {
	unseen := 0
	return c.poll(ctx, doing, id, func(ctx context.Context) (bool, error) {
		_, err := c.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{id}})
		if unknownGroup(err) && unseen < settledLooks {
			unseen++
			return false, nil
		}
		return err == nil, c.problem(err, doing, id)
	})
}

// unknownGroup reports whether a service does not know a security group. One
// that was just made may be known to one call and not to the next.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
func unknownGroup(err error) bool {
	return hasCode(err, "InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidSecurityGroupID.NotFound") ||
		// RDS says it in words: Invalid security group , groupId= sg-…, groupName=.
		hasCode(err, "InvalidParameterValue") && strings.Contains(plainText(err), "Invalid security group")
}

// withGroups makes a call that names security groups, and makes it again while
// the service does not know one of them, for about a minute.
func (c *Client) withGroups(ctx context.Context, call func() error) error {
	for n := 0; ; n++ {
		err := call()
		if !unknownGroup(err) || n == settledLooks {
			return err
		}
		select {
		case <-c.clock.After(c.polls.after(n)):
		case <-ctx.Done():
			return err
		}
	}
}

// DeleteSecurityGroup deletes a group; one that is gone already is no error.
// While something uses it the error is a [world.ProblemInUse] that names the
// network interfaces that carry it and the groups whose rules refer to it.
func (c *Client) DeleteSecurityGroup(ctx context.Context, id string) error {
	const doing = "delete security group"
	_, err := c.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &id})
	switch {
	case hasCode(err, "InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidSecurityGroupID.NotFound"):
		return nil
	case hasCode(err, "DependencyViolation"):
		return c.groupInUse(ctx, doing, id, err)
	default:
		return c.changeProblem(err, doing, id)
	}
}

// groupInUse says what keeps a group from being deleted.
func (c *Client) groupInUse(ctx context.Context, doing, id string, cause error) error {
	p := &world.Problem{Kind: world.ProblemInUse, Doing: doing, Object: id, Err: &reason{text: plainText(cause), cause: cause}}
	var (
		interfaces []world.Interface
		references []string
		group      errgroup.Group
	)
	group.Go(func() (err error) { interfaces, err = c.GroupInterfaces(ctx, id); return err })
	group.Go(func() (err error) { references, err = c.groupsReferring(ctx, id); return err })
	if err := group.Wait(); err != nil {
		return p // what the service said is all that is known
	}
	var users []string
	branches := false
	for _, e := range interfaces {
		users = append(users, interfaceUse(e))
		branches = branches || e.Type == world.InterfaceBranch
	}
	for _, r := range references {
		users = append(users, "rules of "+r)
	}
	if len(users) > 0 {
		p.Err = &reason{text: "it is still used by " + shorten(users, 10), cause: cause}
	}
	switch {
	case branches:
		p.Hint = "branch ENIs are deleted 60 to 100 seconds after their pod: wait, then try again"
	case len(references) > 0:
		p.Hint = "revoke those rules first"
	}
	return p
}

// groupsReferring lists the groups with rules whose peer is this group.
func (c *Client) groupsReferring(ctx context.Context, id string) ([]string, error) {
	var names []string
	for _, name := range []string{"ip-permission.group-id", "egress.ip-permission.group-id"} {
		pages := ec2.NewDescribeSecurityGroupsPaginator(c.ec2, &ec2.DescribeSecurityGroupsInput{
			Filters: []types.Filter{filter(name, id)}, MaxResults: awssdk.Int32(pageSize),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, c.problem(err, "find the rules that refer to security group", id)
			}
			for _, g := range page.SecurityGroups {
				// A group may refer to itself; that does not keep it.
				if awssdk.ToString(g.GroupId) != id {
					names = append(names, fmt.Sprintf("%s (%s)", awssdk.ToString(g.GroupId), awssdk.ToString(g.GroupName)))
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// shorten joins the first n of a list and counts the rest.
func shorten(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
