package intent

import (
	"fmt"
	"strings"

	"podsg/steps/world"
)

// The keys of the connection Secret.
const (
	KeyHost     = "host"
	KeyPort     = "port"
	KeyDatabase = "dbname"
	KeyUsername = "username"
	KeyPassword = "password"
	KeySSLMode  = "sslmode"
)

// WantsSecret reports whether the procedure keeps a connection Secret: it needs
// a password for it.
func (t *Target) WantsSecret() bool {
	return t.DB.Create || t.DB.Existing != nil && world.OwnedBy(t.DB.Existing.Tags, t.Cluster.Name) || t.PasswordSrc != "" || t.Seed || t.Verify
}

// OtherSecret is the Secret of another namespace that holds the password of
// podsg's own database, as passwordFrom names it: the one that the journal says
// was written last. Without a journal it is that of a namespace with a policy of
// podsg's own: its pods log in with it, so the password must not change under
// them.
func OtherSecret(s *world.Snapshot, t *Target) (source string, found bool) {
	for _, e := range s.Kube.Journal.Find(world.KindSecret) {
		if e.Done && e.Object != t.Namespace+"/"+t.SecretName {
			source, found = "secret:"+e.Object, true
		}
	}
	if found {
		return source, true
	}
	for _, p := range s.Kube.Policies {
		if p.Owned && p.Namespace != t.Namespace {
			return "secret:" + p.Namespace + "/" + t.SecretName, true
		}
	}
	return "", false
}

// SecretIsOfAnother reports whether the Secret holds the connection to another
// database than the target's, and so another password: by its host, which begins
// with the instance's identifier. A Secret without one is of a run that was
// stopped before the database had an address.
func SecretIsOfAnother(s *world.Snapshot, t *Target) bool {
	sec := s.Kube.Secret
	if sec == nil || sec.Host == "" || strings.HasPrefix(sec.Host, t.DB.Identifier+".") {
		return false
	}
	return t.DB.Existing == nil || t.DB.Existing.Address != "" && sec.Host != t.DB.Existing.Address
}

// masterIsManaged reports whether the pods' database user is the master user of
// a database whose master password RDS keeps in Secrets Manager: RDS changes it,
// by default every seven days.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
func (t *Target) masterIsManaged(username string) bool {
	d := t.DB.Existing
	return d != nil && d.MasterSecret != "" && (username == "" || username == d.Username)
}

// CopiesMasterPassword reports whether the Secret holds a copy of a password
// that RDS changes.
func CopiesMasterPassword(s *world.Snapshot, t *Target) bool {
	sec := s.Kube.Secret
	return sec != nil && sec.HasPassword && t.masterIsManaged(sec.Username)
}

// masterNote tells whoever sets up that the password will change.
func (t *Target) masterNote() string {
	if !t.WantsSecret() || !t.masterIsManaged(t.DB.Username) {
		return ""
	}
	return fmt.Sprintf("RDS changes the password of master user %s of %s by itself, by default every seven days, and the Secret keeps a copy: after a change, pods are refused until podsg setup has run with --db-password-from; a database user of the pods' own is safer",
		t.DB.Existing.Username, t.DB.Existing.Identifier)
}
