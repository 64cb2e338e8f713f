package aws

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// AuthorizeRule adds one tagged rule to a group and returns its id. If the rule
// is there already with the very tags, made by an attempt whose answer was lost
// or by an interrupted run, its id is returned; one that somebody else made is
// a [world.ProblemChanged]. The groups may have been made a moment ago.
func (c *Client) AuthorizeRule(ctx context.Context, r plan.NewRule) (string, error) {
	var (
		added []types.SecurityGroupRule
		doing = fmt.Sprintf("add %s rule for %s to security group", r.Direction, ruleText(r))
		tags  = tagSpecification(types.ResourceTypeSecurityGroupRule, r.Tags)
	)
	err := c.withGroups(ctx, func() error {
		switch r.Direction {
		case world.Ingress:
			out, err := c.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
				GroupId: &r.GroupID, IpPermissions: []types.IpPermission{permissionOf(r)}, TagSpecifications: tags,
			})
			if err == nil {
				added = out.SecurityGroupRules
			}
			return err
		case world.Egress:
			out, err := c.ec2.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{
				GroupId: &r.GroupID, IpPermissions: []types.IpPermission{permissionOf(r)}, TagSpecifications: tags,
			})
			if err == nil {
				added = out.SecurityGroupRules
			}
			return err
		default:
			return fmt.Errorf("unknown direction %q", r.Direction)
		}
	})
	if hasCode(err, "InvalidPermission.Duplicate") {
		if id, found := c.ruleWithTags(ctx, r); found {
			return id, nil
		}
	}
	if err != nil {
		return "", c.changeProblem(err, doing, r.GroupID)
	}
	if len(added) != 1 {
		return "", &world.Problem{Doing: doing, Object: r.GroupID, Err: fmt.Errorf("EC2 answered with %d rules instead of one", len(added))}
	}
	return awssdk.ToString(added[0].SecurityGroupRuleId), nil
}

// ruleWithTags finds a group's rule that is as wanted, tags included.
func (c *Client) ruleWithTags(ctx context.Context, want plan.NewRule) (id string, found bool) {
	rules, err := c.rules(ctx, []string{want.GroupID})
	if err != nil {
		return "", false
	}
	for _, have := range rules[want.GroupID] {
		if sameRule(have, want) && hasTags(have.Tags, want.Tags) {
			return have.ID, true
		}
	}
	return "", false
}

func sameRule(have world.Rule, want plan.NewRule) bool {
	samePorts := want.Protocol == "-1" || have.FromPort == want.FromPort && have.ToPort == want.ToPort
	return have.Direction == want.Direction && have.Protocol == want.Protocol && samePorts &&
		have.PeerGroup == want.PeerGroup && sameRange(have.CIDR, want.CIDR)
}

// sameRange compares ranges as EC2 does, which sets host bits to zero.
func sameRange(a, b string) bool {
	if a == b {
		return true
	}
	first, err1 := netip.ParsePrefix(a)
	second, err2 := netip.ParsePrefix(b)
	return err1 == nil && err2 == nil && first.Masked() == second.Masked()
}

func permissionOf(r plan.NewRule) types.IpPermission {
	p := types.IpPermission{IpProtocol: &r.Protocol}
	if r.Protocol != "-1" {
		p.FromPort, p.ToPort = awssdk.Int32(int32(r.FromPort)), awssdk.Int32(int32(r.ToPort))
	}
	var description *string
	if r.Description != "" {
		description = &r.Description
	}
	switch {
	case r.PeerGroup != "":
		p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: &r.PeerGroup, Description: description}}
	case strings.Contains(r.CIDR, ":"):
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: &r.CIDR, Description: description}}
	default:
		p.IpRanges = []types.IpRange{{CidrIp: &r.CIDR, Description: description}}
	}
	return p
}

// ruleText is a rule in words: tcp 5432 from sg-0123.
func ruleText(r plan.NewRule) string {
	ports := "all traffic"
	if r.Protocol != "-1" {
		ports = fmt.Sprintf("%s %d", r.Protocol, r.FromPort)
		if r.ToPort != r.FromPort {
			ports += fmt.Sprintf("-%d", r.ToPort)
		}
	}
	preposition := "from"
	if r.Direction == world.Egress {
		preposition = "to"
	}
	return fmt.Sprintf("%s %s %s", ports, preposition, r.PeerGroup+r.CIDR)
}

// RevokeRule removes one rule by id; one that is gone already is no error.
func (c *Client) RevokeRule(ctx context.Context, groupID string, dir world.Direction, ruleID string) error {
	var err error
	switch dir {
	case world.Ingress:
		_, err = c.ec2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
			GroupId: &groupID, SecurityGroupRuleIds: []string{ruleID},
		})
	case world.Egress:
		_, err = c.ec2.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{
			GroupId: &groupID, SecurityGroupRuleIds: []string{ruleID},
		})
	default:
		return fmt.Errorf("revoke rule %q: unknown direction %q", ruleID, dir)
	}
	if hasCode(err, "InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", "InvalidGroup.NotFound") {
		return nil
	}
	return c.changeProblem(err, fmt.Sprintf("revoke %s rule %s of security group", dir, ruleID), groupID)
}
