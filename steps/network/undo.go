package network

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// releaseWait bounds the wait for branch ENIs to be released, and releasePause
// is the pause between two looks. The controller keeps an interface for its
// cool-down (60 s by default) and looks every 30 s.
const (
	releaseWait  = 10 * time.Minute
	releasePause = 3 * time.Second
)

// AwaitInterfacesGone waits until no network interface carries a security
// group: only then can the group be deleted.
type AwaitInterfacesGone struct{ GroupID, Name string }

// Apply implements [plan.Action].
func (a AwaitInterfacesGone) Apply(ctx context.Context, run *plan.Run) error {
	ctx, cancel := context.WithTimeout(ctx, releaseWait)
	defer cancel()
	started := run.Clock.Now()
	for {
		enis, err := run.Cloud.GroupInterfaces(ctx, a.GroupID)
		if err != nil {
			return err
		}
		if len(enis) == 0 {
			return nil
		}
		run.Progress(plan.Progress{Text: fmt.Sprintf("%d network interfaces still carry %s (%s): the controller keeps a branch ENI for a cool-down of about 60 to 100 s, %s so far",
			len(enis), a.Name, interfaceNames(enis), run.Clock.Now().Sub(started).Round(time.Second))})
		select {
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return ctx.Err()
			}
			return &world.Problem{
				Kind: world.ProblemInUse, Doing: "wait for the network interfaces of security group", Object: a.GroupID,
				Err:  fmt.Errorf("%d still carry it after %s: %s", len(enis), releaseWait, interfaceNames(enis)),
				Hint: "another policy may give the group to other pods; delete those pods, or leave the group", Command: "kubectl get securitygrouppolicies -A",
			}
		case <-run.Clock.After(releasePause):
		}
	}
}

func interfaceNames(enis []world.Interface) string {
	var out []string
	for i, e := range enis {
		if i == 3 {
			out = append(out, "…")
			break
		}
		out = append(out, e.ID)
	}
	return strings.Join(out, ", ")
}

// Shell implements [plan.Action].
func (a AwaitInterfacesGone) Shell() []string {
	return []string{shell.Command(`until [ "$(aws ec2 describe-network-interfaces --filters Name=group-id,Values=%s --query 'length(NetworkInterfaces)')" = 0 ]; do sleep 5; done`, a.GroupID)}
}

// RevokeRule removes one rule of a security group.
type RevokeRule struct {
	GroupID, RuleID string
	Direction       world.Direction
}

// Apply implements [plan.Action].
func (a RevokeRule) Apply(ctx context.Context, run *plan.Run) error {
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if err := run.Cloud.RevokeRule(call, a.GroupID, a.Direction, a.RuleID); err != nil {
		return err
	}
	return run.Forget(ctx, world.KindRule, a.RuleID)
}

// Shell implements [plan.Action].
func (a RevokeRule) Shell() []string {
	return []string{shell.Command("aws ec2 revoke-security-group-%s --group-id %s --security-group-rule-ids %s", a.Direction, a.GroupID, a.RuleID)}
}

// DeleteSecurityGroup deletes a security group.
type DeleteSecurityGroup struct{ ID string }

// Apply implements [plan.Action].
func (a DeleteSecurityGroup) Apply(ctx context.Context, run *plan.Run) error {
	if err := run.Settled(ctx, func(call context.Context) error { return run.Cloud.DeleteSecurityGroup(call, a.ID) }); err != nil {
		return err
	}
	return run.Forget(ctx, world.KindSecurityGroup, a.ID)
}

// Shell implements [plan.Action].
func (a DeleteSecurityGroup) Shell() []string {
	return []string{shell.Command("aws ec2 delete-security-group --group-id %s", a.ID)}
}
