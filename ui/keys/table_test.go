package keys_test

import (
	"testing"

	"podsg/ui/keys"
)

func TestNoTwoActionsOfAScreenShareAKey(t *testing.T) {
	for _, screen := range []keys.Scope{keys.OnPages, keys.InView | keys.OnWatch} {
		owner := map[string]keys.Action{}
		for b := range screen.Bindings() {
			for _, k := range b.Keys {
				if other, taken := owner[k]; taken {
					t.Errorf("key %s belongs to actions %d and %d", k, other, b.Action)
				}
				owner[k] = b.Action
			}
		}
	}
}
