package steps

import (
	"context"

	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// comparePassword reads the password that the intent names the place of and the
// one in podsg's Secret, and says whether they differ. Both stay in memory.
func (e *Engine) comparePassword(ctx context.Context, o *Observation, in intent.Intent) world.PasswordComparison {
	d, secret := in.Database.Existing, o.Snapshot.Kube.Secret
	if d == nil || d.PasswordFrom == "" || o.Kube == nil || secret == nil || !secret.Owned || !secret.HasPassword {
		return world.PasswordComparison{}
	}
	run := &plan.Run{Cloud: e.Cloud, Kube: o.Kube}
	wanted, err := database.ReadPassword(run, ctx, d.PasswordFrom)
	if err != nil {
		return world.PasswordComparison{Unread: err.Error()}
	}
	stored, err := o.Kube.SecretPassword(ctx, secret.Namespace, secret.Name, intent.KeyPassword)
	if err != nil {
		return world.PasswordComparison{Unread: err.Error()}
	}
	return world.PasswordComparison{Differs: wanted.Reveal() != stored.Reveal()}
}
