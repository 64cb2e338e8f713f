package steps

import "context"

// comparePassword reads the password that the intent names the place of and the
// one in podsg's Secret, and says whether they differ. Both stay in memory.
func (e *Engine) comparePassword(ctx context.Context, o *Observation, in Intent) PasswordComparison {
	d, secret := in.Database.Existing, o.Snapshot.Kube.Secret
	if d == nil || d.PasswordFrom == "" || o.Kube == nil || secret == nil || !secret.Owned || !secret.HasPassword {
		return PasswordComparison{}
	}
	run := &Run{Cloud: e.Cloud, Kube: o.Kube}
	wanted, err := run.readPassword(ctx, d.PasswordFrom)
	if err != nil {
		return PasswordComparison{Unread: err.Error()}
	}
	stored, err := o.Kube.SecretPassword(ctx, secret.Namespace, secret.Name, keyPassword)
	if err != nil {
		return PasswordComparison{Unread: err.Error()}
	}
	return PasswordComparison{Differs: wanted.Reveal() != stored.Reveal()}
}
