package acceptance

import (
	"encoding/json"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/render"
	"podsg/steps/world"
)

// ordersSecret is the ARN of the secret in which the user of database orders-db
// keeps its password.
func (l *lab) ordersSecret() string {
	l.t.Helper()
	objects, err := l.Objects()
	if err != nil {
		l.t.Fatal(err)
	}
	var secret struct{ ARN string }
	if err := json.Unmarshal(objects["aws secret/orders-db"], &secret); err != nil || secret.ARN == "" {
		l.t.Fatalf("the secret of orders-db: %s, %v", objects["aws secret/orders-db"], err)
	}
	return secret.ARN
}

func TestSetupProvesThatOnlyGreenReachesTheDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, scenario string
		flags          func(*lab) []string
	}{
		{name: "in a workshop's cluster", scenario: "workshop"},
		{name: "with a database that was there before", scenario: "existing-db", flags: func(l *lab) []string {
			return []string{"--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret()}
		}},
		{name: "with a CNI that no add-on manages", scenario: "self-managed-cni"},
		{name: "in the China partition", scenario: "china"},
		{name: "in strict mode", scenario: "workshop", flags: func(*lab) []string { return []string{"--enforcing-mode", "strict"} }},
		{name: "on another port", scenario: "workshop", flags: func(*lab) []string { return []string{"--db-port", "6543"} }},
		{name: "with a public database", scenario: "workshop", flags: func(*lab) []string { return []string{"--db-subnets", "public"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, c.scenario)
			setup := []string{"setup", "--yes", "-o", "json"}
			if c.flags != nil {
				setup = append(setup, c.flags(l)...)
			}
			proven(t, decode[plan.Result](l.podsg(setup...).exits(0)))

			l.unchanged(func() {
				again := decode[plan.Result](l.podsg(setup...).exits(0))
				if len(again.Applied)+len(again.Skipped) > 0 {
					t.Errorf("the second setup did something: %v, %v", again.Applied, again.Skipped)
				}
				proven(t, again)
				plan := append([]string{"plan", "-o", "json"}, setup[4:]...)
				if p := decode[render.PlanReport](l.podsg(plan...).exits(0)); len(p.Changes) > 0 {
					t.Errorf("a plan after setup: %+v", p.Changes)
				}
			})
		})
	}
}

// proven fails the test unless a result holds the whole proof.
func proven(t *testing.T, r plan.Result) {
	t.Helper()
	v := r.Verification
	if r.Outcome != plan.OutcomeDone || r.Failed != nil || v == nil || !v.Proven {
		t.Fatalf("not proven: %+v, %+v", r, v)
	}
	if v.Green.Verdict != plan.VerdictConnected || v.Green.ClientAddress == "" || v.Green.ClientAddress != v.Green.ENI.PrivateIP {
		t.Errorf("green: %+v", v.Green)
	}
	podGroup := resource(r, world.KindSecurityGroup, intent.DefaultPodGroupName)
	if len(v.Green.ENI.Groups) != 1 || v.Green.ENI.Groups[0] != podGroup {
		t.Errorf("green's branch ENI carries %v, and the pods' group is %s", v.Green.ENI.Groups, podGroup)
	}
	if v.Red.Verdict != plan.VerdictTimedOut {
		t.Errorf("red: %+v", v.Red)
	}
}
