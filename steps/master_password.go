package steps

import "fmt"

// checkMasterPassword is reported where RDS manages the master password only.
var checkMasterPassword = check{"P07", "Secret's password does not change behind its back"}

// masterIsManaged reports whether the pods' database user is the master user of
// a database whose master password RDS keeps in Secrets Manager: RDS changes it,
// by default every seven days.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
func (t *Target) masterIsManaged(username string) bool {
	d := t.DB.Existing
	return d != nil && d.MasterSecret != "" && (username == "" || username == d.Username)
}

// copiesMasterPassword reports whether the Secret holds a copy of a password
// that RDS changes.
func (s *Snapshot) copiesMasterPassword(t *Target) bool {
	sec := s.Kube.Secret
	return sec != nil && sec.HasPassword && t.masterIsManaged(sec.Username)
}

func checkMaster(f *findings) {
	d, sec := f.t.DB.Existing, f.s.Kube.Secret
	if d == nil || d.MasterSecret == "" || sec == nil || !sec.HasPassword {
		return
	}
	name := f.t.Namespace + "/" + f.t.SecretName
	if !f.s.copiesMasterPassword(f.t) {
		f.add(checkMasterPassword, Pass, fmt.Sprintf("it is of user %s; RDS changes that of %s only", sec.Username, d.Username)).on(name)
		return
	}
	f.add(checkMasterPassword, Warn, fmt.Sprintf("it is a copy of the password of master user %s, which RDS changes by default every seven days: pods are refused from then on", d.Username)).
		on(name, d.Identifier).saw("RDS keeps it in "+d.MasterSecret).
		mend("give the pods a database user of their own, by --db-user and --db-password-from; until then see when it changes next, and set up again after that",
			"aws secretsmanager describe-secret --secret-id "+quote(d.MasterSecret)+" --query '[RotationEnabled,NextRotationDate]'\n"+f.t.setupFromMaster())
}

// setupFromMaster is the setup that compares the Secret with the password that
// RDS keeps, and writes it anew if they differ.
func (t *Target) setupFromMaster() string {
	command := t.setupCommand()
	if t.DB.Existing != nil && t.Sources["database.existing.passwordFrom"].From != "answer" {
		command += " --db-password-from " + quote("secretsmanager:"+t.DB.Existing.MasterSecret)
	}
	return command
}

// masterNote tells whoever sets up that the password will change.
func (t *Target) masterNote() string {
	if !t.wantsSecret() || !t.masterIsManaged(t.DB.Username) {
		return ""
	}
	return fmt.Sprintf("RDS changes the password of master user %s of %s by itself, by default every seven days, and the Secret keeps a copy: after a change, pods are refused until podsg setup has run with --db-password-from; a database user of the pods' own is safer",
		t.DB.Existing.Username, t.DB.Existing.Identifier)
}
