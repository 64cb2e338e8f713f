package steps

import "fmt"

// checkMasterPassword is reported where RDS manages the master password only.
var checkMasterPassword = check{id: "P07", title: "Secret's password does not change behind its back"}

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
	found := f.add(checkMasterPassword, Warn, fmt.Sprintf("it is a copy of the password of master user %s, which RDS changes by default every seven days: pods are refused from then on", d.Username)).
		on(name, d.Identifier).saw("RDS keeps it in " + d.MasterSecret)
	when := "aws secretsmanager describe-secret --secret-id " + quote(d.MasterSecret) + " --query '[RotationEnabled,NextRotationDate]'\n"
	if OwnedBy(d.Tags, f.t.Cluster.Name) {
		found.mend("podsg made this database with a password that stays: give it that of the Secret again, which ends RDS's own", when+f.t.masterCommand())
		return
	}
	found.mend("give the pods a database user of their own, by --db-user and --db-password-from; until then see when it changes next, and set up again after that", when+f.t.masterCommand())
}

// masterCommand brings the Secret and a master password that RDS manages
// together: by a setup that compares them and writes the Secret anew, or, for
// podsg's own database, by giving it the Secret's.
func (t *Target) masterCommand() string {
	d := t.DB.Existing
	if OwnedBy(d.Tags, t.Cluster.Name) {
		set := inRegion("aws rds modify-db-instance --no-manage-master-user-password --master-user-password file:///dev/stdin --apply-immediately --db-instance-identifier "+quote(d.Identifier), t.Region)
		return "kubectl -n " + t.Namespace + " get secret " + t.SecretName + " -o jsonpath='{.data.password}' | base64 -d | " + set
	}
	command := t.setupCommand()
	if t.Sources["database.existing.passwordFrom"].From != "answer" {
		command += " --db-password-from " + quote("secretsmanager:"+d.MasterSecret)
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
