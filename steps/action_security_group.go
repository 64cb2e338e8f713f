package steps

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// The outputs that later changes refer to.
const (
	outputPodGroup = "pod-sg"
	outputDBGroup  = "db-sg"
)

// CreateSecurityGroup makes a security group in the cluster's VPC.
type CreateSecurityGroup struct {
	Output      string // the name that later changes know its id by
	Name        string
	Description string
	VPCID       string
	Tags        map[string]string
}

// Apply implements [Action].
func (a CreateSecurityGroup) Apply(ctx context.Context, run *Run) error {
	call, cancel := callContext(ctx)
	defer cancel()
	id, err := run.Cloud.CreateSecurityGroup(call, NewSecurityGroup{Name: a.Name, Description: a.Description, VPCID: a.VPCID, Tags: a.Tags})
	if id == "" {
		return err
	}
	// With an id the group was made, even if EC2 does not show it in time.
	run.SetOutput(a.Output, id)
	return errors.Join(err, run.Record(ctx, JournalEntry{Kind: KindSecurityGroup, Object: id, Name: a.Name, Created: true, Done: true}))
}

// Shell implements [Action].
func (a CreateSecurityGroup) Shell() []string {
	return []string{fmt.Sprintf("%s=$(aws ec2 create-security-group --group-name %s --description %s --vpc-id %s --tag-specifications %s --query GroupId --output text)",
		shellVariable(a.Output), quote(a.Name), quote(a.Description), a.VPCID, quote("ResourceType=security-group,Tags="+shellTags(a.Tags)))}
}

// AddRule adds one rule to a security group.
type AddRule struct {
	Group       Ref
	Direction   Direction
	Protocol    string
	Port        int
	Peer        Ref
	Description string
	Tags        map[string]string
}

// Apply implements [Action].
func (a AddRule) Apply(ctx context.Context, run *Run) error {
	group, err := run.Resolve(a.Group)
	if err != nil {
		return err
	}
	peer, err := run.Resolve(a.Peer)
	if err != nil {
		return err
	}
	call, cancel := callContext(ctx)
	defer cancel()
	id, err := run.Cloud.AuthorizeRule(call, NewRule{
		GroupID: group, Direction: a.Direction, Protocol: a.Protocol, FromPort: a.Port, ToPort: a.Port,
		PeerGroup: peer, Description: a.Description, Tags: a.Tags,
	})
	if err != nil {
		return err
	}
	return run.Record(ctx, JournalEntry{Kind: KindRule, Object: id, Name: a.summary(), Created: true, Done: true,
		Set: map[string]string{"group": group, "direction": string(a.Direction)}})
}

func (a AddRule) summary() string {
	return fmt.Sprintf("%s %s %d from %s", a.Direction, a.Protocol, a.Port, a.Peer)
}

// Shell implements [Action].
func (a AddRule) Shell() []string {
	return []string{fmt.Sprintf("aws ec2 authorize-security-group-%s --group-id %s --ip-permissions %s --tag-specifications %s",
		a.Direction, doubleQuote(a.Group.Shell()),
		doubleQuote(fmt.Sprintf("IpProtocol=%s,FromPort=%d,ToPort=%d,UserIdGroupPairs=[{GroupId=%s,Description='%s'}]",
			a.Protocol, a.Port, a.Port, a.Peer.Shell(), a.Description)),
		quote("ResourceType=security-group-rule,Tags="+shellTags(a.Tags)))}
}

// AttachPolicy attaches a managed policy to an IAM role. An attachment has no
// tags that say whose it is, so the journal says so before there is one.
type AttachPolicy struct {
	Role      string // name, without path
	PolicyARN string
}

// Apply implements [Action].
func (a AttachPolicy) Apply(ctx context.Context, run *Run) error {
	entry := JournalEntry{Kind: KindRolePolicy, Object: a.Role + " " + a.PolicyARN, Name: a.Role, Created: true,
		Set: map[string]string{"role": a.Role, "policy": a.PolicyARN}}
	if err := run.Record(ctx, entry); err != nil {
		return err
	}
	call, cancel := callContext(ctx)
	defer cancel()
	if err := run.Cloud.AttachRolePolicy(call, a.Role, a.PolicyARN); err != nil {
		// Refused, it was not attached: what somebody attaches later is theirs. After
		// any other error it may have been.
		if kind := KindOf(err); kind == ProblemPermission || kind == ProblemNotFound {
			return errors.Join(err, run.Forget(ctx, entry.Kind, entry.Object))
		}
		return err
	}
	entry.Done = true
	return run.Record(ctx, entry)
}

// Shell implements [Action].
func (a AttachPolicy) Shell() []string {
	return []string{fmt.Sprintf("aws iam attach-role-policy --role-name %s --policy-arn %s", quote(a.Role), a.PolicyARN)}
}

// portText is a port as text, for manifests and secrets.
func portText(port int) string { return strconv.Itoa(port) }
