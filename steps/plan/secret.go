package plan

import (
	"context"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// SecretRef names the connection Secret.
type SecretRef struct{ Namespace, Name string }

// Password returns the password that is in the Secret, from memory when an
// earlier change of this run put it there.
func (s SecretRef) Password(ctx context.Context, run *Run) (world.Password, error) {
	if p := run.Password(); !p.IsZero() {
		return p, nil
	}
	p, err := run.Kube.SecretPassword(ctx, s.Namespace, s.Name, intent.KeyPassword)
	if err == nil {
		run.SetPassword(p)
	}
	return p, err
}
