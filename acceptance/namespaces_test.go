package acceptance

import (
	"strings"
	"testing"

	"podsg/steps/plan"
)

// The database belongs to the cluster, the policy and the Secret to a
// namespace: another namespace joins with the password that is in use, and one
// cleanup removes both.
func TestASecondNamespaceSharesTheDatabaseAndGoesWithTheFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	first := []string{"setup", "--yes", "-o", "json"}
	second := []string{"setup", "--yes", "-o", "json", "-n", "shop", "--pod-selector", "app=api"}
	proven(t, decode[plan.Result](l.podsg(first...).exits(0)))
	joined := decode[plan.Result](l.podsg(second...).exits(0))
	proven(t, joined)
	for _, id := range joined.Applied {
		if id == "database" || id == "secret-password" {
			t.Errorf("the second namespace changed the database's password: %v", joined.Applied)
		}
	}
	proven(t, decode[plan.Result](l.podsg(first...).exits(0)))
	l.podsg("diagnose").exits(0)
	l.podsg("diagnose", "-n", "shop").exits(0)

	gone := decode[plan.CleanupResult](l.podsg("cleanup", "--yes", "-o", "json").exits(0))
	objects, err := l.Objects()
	if err != nil {
		t.Fatal(err)
	}
	for name := range objects {
		if strings.Contains(name, " shop") || strings.Contains(name, "sg-per-pod") {
			t.Errorf("cleanup left %s, removed %+v", name, gone.Removed)
		}
	}
}
