package acceptance

import (
	"slices"
	"testing"

	"podsg/steps/plan"
)

func TestADeniedCallStopsWhatNeedsItAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action string
		object string // that the message names
		done   []string
	}{
		{action: "rds:CreateDBInstance", object: "rds-workshop", done: []string{"database-rule", "vpc-cni", "trunk-eni", "security-group-policy"}},
		{action: "ec2:CreateSecurityGroup", object: "POD_SG", done: []string{"namespace", "db-subnet-group", "vpc-cni"}},
		{action: "ec2:AuthorizeSecurityGroupIngress", object: "RDS_SG", done: []string{"pod-security-group", "database", "vpc-cni"}},
		{action: "iam:AttachRolePolicy", object: "ServiceRole", done: []string{"database-rule", "security-group-policy"}},
		{action: "eks:UpdateAddon", object: "vpc-cni", done: []string{"database", "cluster-role-policy"}},
	} {
		t.Run(c.action, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			before := l.state()
			l.Account().Deny(c.action)
			o := l.podsg("setup", "--yes", "-o", "json")
			o.exits(4).says(c.action, c.object)
			r := decode[plan.Result](o)
			if r.Outcome != plan.OutcomeFailed || r.Failed == nil || r.Failed.Permission != c.action || r.Failed.Hint == "" {
				t.Errorf("the failure: %+v", r.Failed)
			}
			for _, id := range c.done {
				if !slices.Contains(r.Applied, id) {
					t.Errorf("%s was not done: %v", id, r.Applied)
				}
			}
			l.Account().Deny()
			again := decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0))
			proven(t, again)
			for _, id := range again.Applied {
				if slices.Contains(r.Applied, id) && id != "secret-password" {
					t.Errorf("%s was done again", id)
				}
			}
			l.cleanedUp(before)
		})
	}
}
