package database

import (
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// masterPassword speaks only where RDS manages the master password.
func masterPassword(c *check.Context) {
	t, d, sec := c.Target, c.Target.DB.Existing, c.Kube.Secret
	if d == nil || d.MasterSecret == "" || sec == nil || !sec.HasPassword {
		return
	}
	name := t.Namespace + "/" + t.SecretName
	if !intent.CopiesMasterPassword(c.Snapshot, t) {
		c.Pass("it is of user %s; RDS changes that of %s only", sec.Username, d.Username).On(name)
		return
	}
	found := c.Warn("it is a copy of the password of master user %s, which RDS changes by default every seven days: pods are refused from then on", d.Username).
		On(name, d.Identifier).Saw("RDS keeps it in " + d.MasterSecret)
	when := shell.Command("aws secretsmanager describe-secret --secret-id %s --query '[RotationEnabled,NextRotationDate]'\n", d.MasterSecret)
	if world.OwnedBy(d.Tags, t.Cluster.Name) {
		found.Mend(say.T("podsg made this database with a password that stays: give it that of the Secret again, which ends RDS's own"), when+MasterCommand(t))
		return
	}
	found.Mend(say.T("give the pods a database user of their own, by --db-user and --db-password-from; until then see when it changes next, and set up again after that"), when+MasterCommand(t))
}

// MasterCommand brings the Secret and a master password that RDS manages
// together: by a setup that compares them and writes the Secret anew, or, for
// podsg's own database, by giving it the Secret's.
func MasterCommand(t *intent.Target) string {
	d := t.DB.Existing
	if world.OwnedBy(d.Tags, t.Cluster.Name) {
		return passwordCommand(t, "--no-manage-master-user-password ")
	}
	command := t.SetupCommand()
	if t.Sources["database.existing.passwordFrom"].From != "answer" {
		command += " --db-password-from " + shell.Quote("secretsmanager:"+d.MasterSecret)
	}
	return command
}

// PasswordCommand gives podsg's own database the master password that the
// Secret has. The password stands on no command line.
func PasswordCommand(t *intent.Target) string { return passwordCommand(t, "") }

func passwordCommand(t *intent.Target, option shell.Words) string {
	set := shell.InRegion(shell.Command("aws rds modify-db-instance %s--master-user-password file:///dev/stdin --apply-immediately --db-instance-identifier %s", option, t.DB.Identifier), t.Region)
	return shell.Command("kubectl -n %s get secret %s -o jsonpath='{.data.password}' | base64 -d | %s", t.Namespace, t.SecretName, shell.Words(set))
}
