package iam

import (
	"context"
	"errors"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// AttachPolicy attaches a managed policy to an IAM role. An attachment has no
// tags that say whose it is, so the journal says so before there is one.
type AttachPolicy struct {
	Role      string // name, without path
	PolicyARN string
}

// Apply implements [plan.Action].
func (a AttachPolicy) Apply(ctx context.Context, run *plan.Run) error {
	entry := world.JournalEntry{Kind: world.KindRolePolicy, Object: a.Role + " " + a.PolicyARN, Name: a.Role, Created: true,
		Set: map[string]string{"role": a.Role, "policy": a.PolicyARN}}
	if err := run.Record(ctx, entry); err != nil {
		return err
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if err := run.Cloud.AttachRolePolicy(call, a.Role, a.PolicyARN); err != nil {
		// Refused, it was not attached: what somebody attaches later is theirs. After
		// any other error it may have been.
		if kind := world.KindOf(err); kind == world.ProblemPermission || kind == world.ProblemNotFound {
			return errors.Join(err, run.Forget(ctx, entry.Kind, entry.Object))
		}
		return err
	}
	entry.Done = true
	return run.Record(ctx, entry)
}

// Shell implements [plan.Action].
func (a AttachPolicy) Shell() []string {
	return []string{shell.Command("aws iam attach-role-policy --role-name %s --policy-arn %s", a.Role, a.PolicyARN)}
}
