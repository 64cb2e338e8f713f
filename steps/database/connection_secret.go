package database

import (
	"cmp"
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// StepSecret is the step about the Secret with which pods connect.
var StepSecret = plan.Step{
	ID: check.StepSecret,
	About: []string{
		"Host, port, database, user and password, in a Kubernetes Secret that the pods read.",
		"The password is made at random; it is in memory, in RDS and in this Secret, and nowhere else.",
	},
	Checks: SecretChecks,
	Plan:   planSecret,
}

// secretDrift lists how the Secret differs from the database.
func secretDrift(s *world.Snapshot, t *intent.Target) []string {
	sec := s.Kube.Secret
	d := t.DB.Existing
	if sec == nil || d == nil {
		return nil
	}
	var out []string
	for _, x := range []struct{ key, got, want string }{
		{intent.KeyHost, sec.Host, d.Address}, {intent.KeyPort, sec.Port, shell.PortText(t.Port)}, {intent.KeyDatabase, sec.Database, t.DB.Name},
		{intent.KeyUsername, sec.Username, t.DB.Username}, {intent.KeySSLMode, sec.SSLMode, t.TLSMode},
	} {
		if x.got == "" && !sec.Owned && x.key != intent.KeyHost {
			continue // a Secret of the user's own may know it otherwise
		}
		if x.want != "" && x.got != x.want {
			out = append(out, fmt.Sprintf("%s is %q, the database's is %q", x.key, x.got, x.want))
		}
	}
	if !sec.HasPassword {
		out = append(out, "it has no password")
	}
	if s.Password.Differs {
		out = append(out, "its password is not the one of "+t.PasswordSrc)
	}
	return out
}

func connection(t *intent.Target) StoreConnection {
	return StoreConnection{
		Secret: plan.SecretRef{Namespace: t.Namespace, Name: t.SecretName}, Identifier: t.DB.Identifier, Database: t.DB.Name, Username: t.DB.Username,
		Port: t.Port, SSLMode: t.TLSMode, PasswordFrom: t.PasswordSrc,
	}
}

// planPassword puts a new password into the Secret before the database is made
// with it, so that a run that is killed between the two loses nothing.
func planPassword(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	own := t.DB.Create || t.DB.Existing != nil && world.OwnedBy(t.DB.Existing.Tags, t.Cluster.Name)
	another := intent.SecretIsOfAnother(s, t)
	if !own || t.PasswordSrc != "" || s.Kube.Secret != nil && s.Kube.Secret.HasPassword && !another {
		return
	}
	if _, found := intent.OtherSecret(s, t); found && !t.DB.Create {
		return // the database has a password that others use
	}
	store := connection(t)
	store.Generate = true
	c := plan.Change{
		ID: plan.ChangePassword, Step: check.StepSecret, Op: plan.Create, Kind: world.KindSecret,
		Summary: fmt.Sprintf("Secret %s/%s with a new random password", t.Namespace, t.SecretName),
		Why:     "written before the database is made with it, so that it cannot be lost", Needs: []string{plan.ChangeNamespace}, Undo: "deleted",
		Action: store,
	}
	if another {
		c.Op, c.Why = plan.Update, "the one that is there is for another database, "+s.Kube.Secret.Host
	}
	p.Add(c)
}

func planSecret(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if !t.WantsSecret() || t.AdoptsSecret {
		return
	}
	policy.PlanNamespace(s, t, p)
	sec := s.Kube.Secret
	if sec != nil && len(secretDrift(s, t)) == 0 && t.DB.Existing != nil && !p.Has(plan.ChangeDatabase) && !p.Has(plan.ChangePassword) {
		return
	}
	store := connection(t)
	op := plan.Update
	if sec == nil && !p.Has(plan.ChangePassword) {
		op = plan.Create
	}
	switch other, found := intent.OtherSecret(s, t); {
	case s.Password.Differs: // the one that is there is not the one that was named
	case sec != nil && sec.HasPassword && sec.Owned && !intent.SecretIsOfAnother(s, t):
		store.PasswordFrom = "" // it is there already
	case store.PasswordFrom == "" && found && !t.DB.Create:
		store.PasswordFrom = other
	}
	if d := t.DB.Existing; d != nil && d.Address != "" {
		store.Host = d.Address
	} else {
		store.AwaitHost = true
	}
	host := cmp.Or(store.Host, "the database's address")
	p.Add(plan.Change{
		ID: plan.ChangeSecret, Step: check.StepSecret, Op: op, Kind: world.KindSecret,
		Summary: fmt.Sprintf("Secret %s/%s: %s:%d, database %s, user %s", t.Namespace, t.SecretName, host, t.Port, t.DB.Name, t.DB.Username),
		Why:     "the pods read from it how to connect", Needs: []string{plan.ChangeNamespace, plan.ChangePassword, plan.ChangeDatabase}, Undo: "deleted",
		Action: store,
	})
}
