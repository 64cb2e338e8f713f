package database

import (
	"errors"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/clientlog"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// onDatabase changes the database.
func onDatabase(change func(d *world.Database)) func(*world.Snapshot) {
	return func(s *world.Snapshot) { change(&s.Cloud.Databases[0]) }
}

// forced sets what the parameter rds.force_ssl was read as.
func forced(force bool) func(*world.Snapshot) {
	return onDatabase(func(d *world.Database) { d.ForceSSL = &force })
}

func noDatabase(s *world.Snapshot) { s.Cloud.Databases = nil }

func TestTheDatabaseIsThere(t *testing.T) {
	checktest.Table(t, Checks, "P03", map[string]checktest.Case{
		"it is":            {Want: check.Pass, Says: "available, db.example:5432"},
		"it is backed up":  {Edit: onDatabase(func(d *world.Database) { d.Status = "backing-up" }), Want: check.Pass},
		"there is none":    {Edit: noDatabase, Want: check.Fail, Says: "setup makes it"},
		"it is being made": {Edit: onDatabase(func(d *world.Database) { d.Status = "creating" }), Want: check.Fail, Says: "wait until it is available"},
		"it was stopped":   {Edit: onDatabase(func(d *world.Database) { d.Status = "stopped" }), Want: check.Fail, Says: "start-db-instance"},
		"it is being deleted": {
			Edit: onDatabase(func(d *world.Database) { d.Status, d.Tags = "deleting", nil }), Want: check.Fail, Says: "use another database",
		},
	})
}

func TestOnlyWhatSomebodyMustEndStopsSetup(t *testing.T) {
	for status, want := range map[string]bool{"creating": false, "modifying": false, "stopped": true, "storage-full": true} {
		s := checktest.World()
		s.Cloud.Databases[0].Status = status
		target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
		if err != nil {
			t.Fatal(err)
		}
		if f := check.Run(Checks, s, &target)[0]; f.Status != check.Fail || f.Blocking != want {
			t.Errorf("%s: %+v", status, f)
		}
	}
}

func TestTheDatabaseIsInTheClustersVPC(t *testing.T) {
	checktest.Table(t, Checks, "D84", map[string]checktest.Case{
		"it is":         {Want: check.Pass, Says: "vpc-1"},
		"there is none": {Edit: noDatabase},
		"it is not": {
			Target: func(t *intent.Target) { t.DB.Existing.VPCID = "vpc-2" }, Want: check.Fail, Says: "it is in vpc-2, the cluster in vpc-1: a rule there can name the pods' group only if the VPCs are peered",
		},
	})
}

func TestTheDatabaseHasNoPublicAddress(t *testing.T) {
	checktest.Table(t, Checks, "D86", map[string]checktest.Case{
		"it has none":   {Want: check.Pass},
		"there is none": {Edit: noDatabase},
		"it has one":    {Edit: onDatabase(func(d *world.Database) { d.Public = true }), Want: check.Warn, Says: "--no-publicly-accessible"},
	})
}

func TestConnectionsUseTLS(t *testing.T) {
	refused := func(s *world.Snapshot) {
		forced(true)(s)
		trouble, _ := clientlog.LogTroubleIn(`FATAL:  no pg_hba.conf entry for host "10.0.0.3", user "app", database "app", no encryption`)
		s.Kube.Pods[0].Troubles = []world.LogTrouble{trouble}
	}
	checktest.Table(t, Checks, "D91", map[string]checktest.Case{
		"they must":                {Edit: forced(true), Want: check.Pass, Says: "podsg connects with"},
		"they need not":            {Edit: forced(false), Want: check.Warn, Says: "without encryption"},
		"that is not known":        {Want: check.Skip, Says: "was not read"},
		"there is no database":     {Edit: noDatabase},
		"a pod was refused for it": {Edit: refused, Want: check.Fail, Says: "green asked for no encryption, which the database refuses; the network is open"},
		"no log that tells of it could be read": {Edit: func(s *world.Snapshot) {
			refused(s)
			s.AddGap(world.FactLogs, errors.New("access denied"))
		}, Want: check.Pass},
	})
}

func TestTheSecretAgreesWithTheDatabase(t *testing.T) {
	checktest.Table(t, SecretChecks, "D100", map[string]checktest.Case{
		"it does": {Want: check.Pass},
		"it names another host": {
			Edit: func(s *world.Snapshot) { s.Kube.Secret.Host = "None" }, Want: check.Fail, Says: `host is "None", the database's is "db.example"`,
		},
		"it has no password":      {Edit: func(s *world.Snapshot) { s.Kube.Secret.HasPassword = false }, Want: check.Fail, Says: "it has no password"},
		"it has another password": {Edit: func(s *world.Snapshot) { s.Password.Differs = true }, Want: check.Fail, Says: "its password is not the one of"},
		"there is none, and a pod needs one": {
			Edit: func(s *world.Snapshot) { s.Kube.Secret = nil }, Target: func(t *intent.Target) { t.Verify = true }, Want: check.Fail, Says: "setup makes it",
		},
		"there is none, and nobody needs one": {
			Edit: func(s *world.Snapshot) { s.Kube.Secret, s.Cloud.Databases[0].Tags = nil, nil }, Target: func(t *intent.Target) { t.Verify, t.Seed, t.PasswordSrc = false, false, "" },
			Want: check.Skip, Says: "nothing of the procedure needs one",
		},
		"there is no database": {Edit: noDatabase, Want: check.Skip, Says: "no database yet"},
		"somebody's own":       {Edit: ofOthers(func(*world.SecretFacts) {}), Want: check.Pass},
		"of a user of the pods' own": {
			Edit: ofOthers(func(s *world.SecretFacts) { s.Username, s.Database, s.SSLMode = "shop", "shop", "prefer" }), Want: check.Pass,
		},
		"with other keys": {
			Edit: ofOthers(func(s *world.SecretFacts) {
				*s = world.SecretFacts{ObjectFacts: s.ObjectFacts, Keys: []string{"DATABASE_URL"}}
			}), Want: check.Pass, Says: "DATABASE_URL",
		},
		"to a cluster endpoint": {
			Edit: ofOthers(func(s *world.SecretFacts) { s.Host = "orders.cluster-c9akciq32.us-west-2.rds.amazonaws.com" }), Want: check.Pass, Says: "endpoint of a cluster",
		},
		"to a proxy": {
			Edit: ofOthers(func(s *world.SecretFacts) { s.Host = "orders.proxy-c9akciq32.us-west-2.rds.amazonaws.com" }), Want: check.Pass, Says: "endpoint of a proxy",
		},
		"to a name of its owner's": {Edit: ofOthers(func(s *world.SecretFacts) { s.Host = "db.internal" }), Want: check.Pass, Says: "db.internal"},
		"written before the database had an address": {
			Edit: ofOthers(func(s *world.SecretFacts) { s.Host = "None" }), Want: check.Fail, Says: `kubectl -n sg-per-pod patch secret rds --type merge -p '{"stringData":{"host":"db.example"}}'`,
		},
		"with a line break in the name": {Edit: ofOthers(func(s *world.SecretFacts) { s.Host = "db.example\n" }), Want: check.Fail, Says: "blank or a line break"},
		"with another port":             {Edit: ofOthers(func(s *world.SecretFacts) { s.Port = "5433" }), Want: check.Fail, Says: `port is "5433", the database's is "5432"`},
		"of an instance that is gone": {
			Edit: ofOthers(func(s *world.SecretFacts) { s.Host = "old.c9akciq32.us-west-2.rds.amazonaws.com" }, onDatabase(func(d *world.Database) { d.Address = "db.c9akciq32.us-west-2.rds.amazonaws.com" })),
			Want: check.Fail, Says: "there is no RDS instance old",
		},
		"with another password than the one named": {Edit: ofOthers(func(*world.SecretFacts) {}, func(s *world.Snapshot) { s.Password.Differs = true }), Want: check.Fail, Says: "compare the two"},
	})
}

// ofOthers makes the Secret one that podsg did not make.
func ofOthers(change func(*world.SecretFacts), more ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Kube.Secret.Owned = false
		change(s.Kube.Secret)
		for _, m := range more {
			m(s)
		}
	}
}

func TestASecretOfOthersIsNeverWrittenAnew(t *testing.T) {
	s := checktest.World()
	s.Kube.Secret.Owned, s.Kube.Secret.Host = false, "None"
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
	if err != nil {
		t.Fatal(err)
	}
	if f := check.Run(SecretChecks, s, &target)[0]; f.Status != check.Fail || f.Fix.Setup || strings.Contains(f.Fix.Text.String()+f.Fix.Command, "setup") {
		t.Errorf("%+v %+v", f, f.Fix)
	}
}

// managed lets RDS keep and change the master password.
func managed(s *world.Snapshot) { s.Cloud.Databases[0].MasterSecret = "arn:secret" }

func TestTheSecretsPasswordDoesNotChangeBehindItsBack(t *testing.T) {
	own := func(s *world.Snapshot) { managed(s); s.Kube.Secret.Username = "pods" }
	checktest.Table(t, SecretChecks, "P07", map[string]checktest.Case{
		"nobody changes it":     {},
		"it is of another user": {Edit: own, Want: check.Pass, Says: "it is of user pods"},
		"podsg's own database":  {Edit: managed, Want: check.Warn, Says: "--no-manage-master-user-password"},
		"a database of somebody": {
			Edit: func(s *world.Snapshot) { managed(s); s.Cloud.Databases[0].Tags = nil }, Want: check.Warn, Says: "--db-password-from secretsmanager:arn:secret",
		},
		"there is no Secret": {Edit: func(s *world.Snapshot) { managed(s); s.Kube.Secret = nil }},
	})
}

func TestThePasswordOfPodsgsOwnDatabaseIsSetInItsRegion(t *testing.T) {
	target := &intent.Target{Cluster: world.Cluster{Name: "shop"}, Namespace: "shop", SecretName: "rds", Region: "us-west-2"}
	target.DB.Existing = &world.Database{Identifier: "orders", Username: "app", MasterSecret: "arn:secret", Tags: world.OwnershipTags("shop")}
	if command := MasterCommand(target); !strings.HasSuffix(command, "--region us-west-2") {
		t.Error(command)
	}
}
