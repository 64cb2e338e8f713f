package network

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/reach"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// CreateSecurityGroup makes a security group in the cluster's VPC.
type CreateSecurityGroup struct {
	Output      string // the name that later changes know its id by
	Name        string
	Description string
	VPCID       string
	Tags        map[string]string
}

// Apply implements [plan.Action].
func (a CreateSecurityGroup) Apply(ctx context.Context, run *plan.Run) error {
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	id, err := run.Cloud.CreateSecurityGroup(call, plan.NewSecurityGroup{Name: a.Name, Description: a.Description, VPCID: a.VPCID, Tags: a.Tags})
	if id == "" {
		return err
	}
	// With an id the group was made, even if EC2 does not show it in time.
	run.SetOutput(a.Output, id)
	return errors.Join(err, run.Record(ctx, world.JournalEntry{Kind: world.KindSecurityGroup, Object: id, Name: a.Name, Created: true, Done: true}))
}

// Shell implements [plan.Action].
func (a CreateSecurityGroup) Shell() []string {
	return []string{shell.Command("%s=$(aws ec2 create-security-group --group-name %s --description %s --vpc-id %s --tag-specifications %s --query GroupId --output text)",
		shell.Words(intent.ShellVariable(a.Output)), a.Name, a.Description, a.VPCID, "ResourceType=security-group,Tags="+shell.Tags(a.Tags))}
}

// AddRule adds one rule to a security group.
type AddRule struct {
	Group       intent.Ref
	Direction   world.Direction
	Protocol    string
	Port        int // -1: all
	ToPort      int // of a range; 0: Port alone
	Peer        intent.Ref
	CIDR        string // instead of a peer
	Description string
	Tags        map[string]string
}

// Apply implements [plan.Action].
func (a AddRule) Apply(ctx context.Context, run *plan.Run) error {
	group, err := run.Resolve(a.Group)
	if err != nil {
		return err
	}
	peer := ""
	if a.CIDR == "" {
		if peer, err = run.Resolve(a.Peer); err != nil {
			return err
		}
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	id, err := run.Cloud.AuthorizeRule(call, plan.NewRule{
		GroupID: group, Direction: a.Direction, Protocol: a.Protocol, FromPort: a.Port, ToPort: a.lastPort(),
		PeerGroup: peer, CIDR: a.CIDR, Description: a.Description, Tags: a.Tags,
	})
	if err != nil {
		return err
	}
	return run.Record(ctx, world.JournalEntry{Kind: world.KindRule, Object: id, Name: a.summary(), Created: true, Done: true,
		Set: map[string]string{"group": group, "direction": string(a.Direction)}})
}

func (a AddRule) lastPort() int { return cmp.Or(a.ToPort, a.Port) }

// traffic is what the rule lets pass, in words.
func (a AddRule) traffic() string { return reach.TrafficName(a.Protocol, a.Port, a.lastPort()) }

// peer is from or to whom, in words.
func (a AddRule) peer() string { return cmp.Or(a.CIDR, a.Peer.String()) }

func (a AddRule) summary() string {
	return fmt.Sprintf("%s %s from %s", a.Direction, a.traffic(), a.peer())
}

// Shell implements [plan.Action].
func (a AddRule) Shell() []string {
	return []string{shell.Command("aws ec2 authorize-security-group-%s --group-id %s --ip-permissions %s --tag-specifications %s",
		a.Direction, shell.DoubleQuote(a.Group.Shell()),
		shell.DoubleQuote(append([]any{fmt.Sprintf("IpProtocol=%s,FromPort=%d,ToPort=%d,", a.Protocol, a.Port, a.lastPort())}, a.shellPeer()...)...),
		"ResourceType=security-group-rule,Tags="+shell.Tags(a.Tags))}
}

// shellPeer are the parts of the word that say from or to whom.
func (a AddRule) shellPeer() []any {
	description := fmt.Sprintf(",Description='%s'}]", a.Description)
	switch {
	case a.CIDR == "":
		return []any{"UserIdGroupPairs=[{GroupId=", a.Peer.Shell(), description}
	case strings.Contains(a.CIDR, ":"):
		return []any{"Ipv6Ranges=[{CidrIpv6=", a.CIDR, description}
	default:
		return []any{"IpRanges=[{CidrIp=", a.CIDR, description}
	}
}

// rulesByHand are the rules that a planner would add to groups that exist, as
// commands of the AWS CLI. Whoever adds them by hand owns them, so they get no
// tags.
func rulesByHand(s *world.Snapshot, t *intent.Target, planner func(*world.Snapshot, *intent.Target, *plan.Plan)) string {
	p := &plan.Plan{}
	planner(s, t, p)
	var out []string
	for _, c := range p.Changes {
		rule, ok := c.Action.(AddRule)
		if !ok || rule.Group.ID == "" || rule.Peer.ID == "" {
			continue
		}
		out = append(out, shell.Command("aws ec2 authorize-security-group-%s --group-id %s --ip-permissions %s", string(rule.Direction), rule.Group.ID,
			fmt.Sprintf("IpProtocol=%s,FromPort=%d,ToPort=%d,UserIdGroupPairs=[{GroupId=%s}]", rule.Protocol, rule.Port, rule.Port, rule.Peer.ID)))
	}
	return strings.Join(out, "\n")
}
