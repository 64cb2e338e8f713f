package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var stepSecret = Step{
	ID: StepSecret,
	About: []string{
		"Host, port, database, user and password, in a Kubernetes Secret that the pods read.",
		"The password is made at random; it is in memory, in RDS and in this Secret, and nowhere else.",
	},
	Check: checkSecret,
	Plan:  planSecret,
}

var checkSecretMatches = check{id: "D100", title: "Secret agrees with the database"}

// secretDrift lists how the Secret differs from the database.
func secretDrift(s *Snapshot, t *Target) []string {
	sec := s.Kube.Secret
	d := t.DB.Existing
	if sec == nil || d == nil {
		return nil
	}
	var out []string
	for _, x := range []struct{ key, got, want string }{
		{keyHost, sec.Host, d.Address}, {keyPort, sec.Port, portText(t.Port)}, {keyDatabase, sec.Database, t.DB.Name},
		{keyUsername, sec.Username, t.DB.Username}, {keySSLMode, sec.SSLMode, t.TLSMode},
	} {
		if x.got == "" && !sec.Owned && x.key != keyHost {
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

func checkSecret(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepSecret, s: s, t: t}
	if !f.known(checkSecretMatches, FactSecret) {
		return f.out
	}
	name := t.Namespace + "/" + t.SecretName
	if s.Kube.Secret == nil && !t.wantsSecret() && t.DB.Identifier != "" {
		f.add(checkSecretMatches, Skip, "there is no Secret "+name+", and nothing of the procedure needs one")
		return f.out
	}
	if s.Kube.Secret == nil {
		f.add(checkSecretMatches, Fail, "there is no Secret "+name).bySetup(t, "setup makes it")
		return f.out
	}
	if t.DB.Existing == nil {
		f.add(checkSecretMatches, Skip, "there is no database yet")
		return f.out
	}
	drift := secretDrift(s, t)
	f.expect(checkSecretMatches, len(drift) == 0, "keys "+strings.Join(slices.Sorted(slices.Values(s.Kube.Secret.Keys)), ", "),
		"it differs from the database").saw(drift...).on(name).
		bySetup(t, "setup writes it anew; pods read it when they start")
	checkMaster(f)
	return f.out
}

// wantsSecret reports whether the procedure keeps a connection Secret: it needs
// a password for it.
func (t *Target) wantsSecret() bool {
	return t.DB.Create || t.DB.Existing != nil && OwnedBy(t.DB.Existing.Tags, t.Cluster.Name) || t.PasswordSrc != "" || t.Seed || t.Verify
}

func (t *Target) connection() StoreConnection {
	return StoreConnection{
		Secret: SecretRef{Namespace: t.Namespace, Name: t.SecretName}, Identifier: t.DB.Identifier, Database: t.DB.Name, Username: t.DB.Username,
		Port: t.Port, SSLMode: t.TLSMode, PasswordFrom: t.PasswordSrc,
	}
}

// otherSecret is the Secret of another namespace that holds the password of
// podsg's own database: the one that was written last, as passwordFrom names it.
func (s *Snapshot) otherSecret(t *Target) (source string, found bool) {
	for _, e := range s.Kube.Journal.Find(KindSecret) {
		if e.Done && e.Object != t.Namespace+"/"+t.SecretName {
			source, found = "secret:"+e.Object, true
		}
	}
	return source, found
}

// secretIsOfAnother reports whether the Secret holds the connection to another
// database than the target's, and so another password: by its host, which begins
// with the instance's identifier. A Secret without one is of a run that was
// stopped before the database had an address.
func (s *Snapshot) secretIsOfAnother(t *Target) bool {
	sec := s.Kube.Secret
	if sec == nil || sec.Host == "" || strings.HasPrefix(sec.Host, t.DB.Identifier+".") {
		return false
	}
	return t.DB.Existing == nil || t.DB.Existing.Address != "" && sec.Host != t.DB.Existing.Address
}

// planPassword puts a new password into the Secret before the database is made
// with it, so that a run that is killed between the two loses nothing.
func planPassword(s *Snapshot, t *Target, p *Plan) {
	own := t.DB.Create || t.DB.Existing != nil && OwnedBy(t.DB.Existing.Tags, t.Cluster.Name)
	another := s.secretIsOfAnother(t)
	if !own || t.PasswordSrc != "" || s.Kube.Secret != nil && s.Kube.Secret.HasPassword && !another {
		return
	}
	if _, found := s.otherSecret(t); found && !t.DB.Create {
		return // the database has a password that others use
	}
	store := t.connection()
	store.Generate = true
	c := Change{
		ID: changePassword, Step: StepSecret, Op: Create, Kind: KindSecret,
		Summary: fmt.Sprintf("Secret %s/%s with a new random password", t.Namespace, t.SecretName),
		Why:     "written before the database is made with it, so that it cannot be lost", Needs: []string{changeNamespace}, Undo: "deleted",
		Action: store,
	}
	if another {
		c.Op, c.Why = Update, "the one that is there is for another database, "+s.Kube.Secret.Host
	}
	p.Add(c)
}

func planSecret(s *Snapshot, t *Target, p *Plan) {
	if !t.wantsSecret() {
		return
	}
	planNamespace(s, t, p)
	sec := s.Kube.Secret
	if sec != nil && len(secretDrift(s, t)) == 0 && t.DB.Existing != nil && !p.has(changeDatabase) && !p.has(changePassword) {
		return
	}
	store := t.connection()
	op := Update
	if sec == nil && !p.has(changePassword) {
		op = Create
	}
	switch other, found := s.otherSecret(t); {
	case s.Password.Differs: // the one that is there is not the one that was named
	case sec != nil && sec.HasPassword && sec.Owned && !s.secretIsOfAnother(t):
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
	p.Add(Change{
		ID: changeSecret, Step: StepSecret, Op: op, Kind: KindSecret,
		Summary: fmt.Sprintf("Secret %s/%s: %s:%d, database %s, user %s", t.Namespace, t.SecretName, host, t.Port, t.DB.Name, t.DB.Username),
		Why:     "the pods read from it how to connect", Needs: []string{changeNamespace, changePassword, changeDatabase}, Undo: "deleted",
		Action: store,
	})
}
