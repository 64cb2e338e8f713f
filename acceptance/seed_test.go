package acceptance

import (
	"slices"
	"strings"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// workstation is the address that the user's machine has in a practice world.
const workstation = "198.51.100.7/32"

func TestTheTableIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, subnets string
		admitted      bool // by a rule for the user's machine
		throughPod    bool
	}{
		{name: "through a pod into a private database", subnets: "private", throughPod: true},
		{name: "through a pod into a private database whose rules admit the user's machine", subnets: "private", admitted: true, throughPod: true},
		{name: "directly into a public database whose rules admit the user's machine", subnets: "public", admitted: true},
		{name: "through a pod into a public database whose rules do not", subnets: "public", throughPod: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			setup := []string{"setup", "--yes", "-o", "json", "--db-subnets", c.subnets}
			r := decode[plan.Result](l.podsg(append(setup, "--seed=false", "--verify=false")...).exits(0))
			if c.admitted {
				rule := cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: workstation}
				if _, err := l.Account().AddRule(resource(r, world.KindSecurityGroup, intent.DefaultDBGroupName), rule); err != nil {
					t.Fatal(err)
				}
			}
			calls := l.mutations(func() { r = decode[plan.Result](l.podsg(setup...).exits(0)) })
			proven(t, r)
			if !slices.Contains(r.Verification.Green.Rows, "test") {
				t.Errorf("green read %q from the table", r.Verification.Green.Rows)
			}
			relay := slices.DeleteFunc(calls, func(call string) bool { return !strings.Contains(call, "pods "+intent.DefaultNamespace+"/podsg-relay") })
			switch {
			case c.throughPod && len(relay) != 2:
				t.Errorf("calls about the relay pod, where one makes it and one removes it: %q", relay)
			case !c.throughPod && len(relay) > 0:
				t.Errorf("calls about a relay pod: %q", relay)
			}
			if c.throughPod && l.podExists(intent.DefaultNamespace, "podsg-relay") {
				t.Error("the relay pod is still there")
			}
		})
	}
}

func TestADatabaseThatWasThereIsNotWrittenToUnlessAsked(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	setup := []string{"setup", "--yes", "-o", "json", "--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret()}
	proven(t, decode[plan.Result](l.podsg(setup...).exits(0)))
	r := decode[plan.Result](l.podsg(append(setup, "--seed")...).exits(0))
	if proven(t, r); !slices.Contains(r.Applied, "seed") || !slices.Contains(r.Verification.Green.Rows, "test") {
		t.Errorf("with --seed: %v, and green read %q", r.Applied, r.Verification.Green.Rows)
	}
	clean := decode[plan.CleanupResult](l.podsg("cleanup", "--yes", "-o", "json").exits(0))
	if !slices.ContainsFunc(clean.Kept, func(k plan.Kept) bool { return k.Kind == world.KindTable && k.ID == "orders-db/orders/welcome" }) {
		t.Errorf("cleanup does not say that it keeps the table: %+v", clean.Kept)
	}
}

// resource is the id of a resource with a name.
func resource(r plan.Result, kind world.Kind, name string) string {
	for _, x := range r.Resources {
		if x.Kind == kind && x.Name == name {
			return x.ID
		}
	}
	return ""
}
