package iam

import (
	"context"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// DetachPolicy detaches a managed policy from an IAM role.
type DetachPolicy struct{ Role, PolicyARN string }

// Apply implements [plan.Action].
func (a DetachPolicy) Apply(ctx context.Context, run *plan.Run) error {
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if err := run.Cloud.DetachRolePolicy(call, a.Role, a.PolicyARN); err != nil {
		return err
	}
	return run.Forget(ctx, world.KindRolePolicy, a.Role+" "+a.PolicyARN)
}

// Shell implements [plan.Action].
func (a DetachPolicy) Shell() []string {
	return []string{shell.Command("aws iam detach-role-policy --role-name %s --policy-arn %s", a.Role, a.PolicyARN)}
}
