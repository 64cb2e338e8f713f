package steps

import (
	"slices"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestADiagnosisFindsTheDatabaseThatIsMeant(t *testing.T) {
	t.Parallel()
	tags := world.OwnershipTags("shop")
	db := func(id, vpc string, tags map[string]string) world.Database {
		return world.Database{Identifier: id, Engine: "postgres", Status: "available", Address: id + ".rds", Port: 5432, VPCID: vpc, Groups: []string{"sg-db"}, Tags: tags}
	}
	for name, x := range map[string]struct {
		databases []world.Database
		host      string // in the Secret
		want      string
	}{
		"the Secret's, beside one of podsg's usual name elsewhere": {[]world.Database{db("orders", "vpc-1", nil), db("rds-workshop", "vpc-2", nil)}, "orders.rds", "orders"},
		"the Secret's, beside podsg's own":                         {[]world.Database{db("orders", "vpc-1", nil), db("rds-workshop", "vpc-1", tags)}, "orders.rds", "orders"},
		"the Secret's in other letters":                            {[]world.Database{db("orders", "vpc-1", nil), db("more", "vpc-1", nil)}, "Orders.RDS", "orders"},
		"podsg's own":                                              {[]world.Database{db("orders", "vpc-1", nil), db("rds-workshop", "vpc-1", tags)}, "", "rds-workshop"},
		"one of podsg's usual name in the VPC":                     {[]world.Database{db("orders", "vpc-1", nil), db("rds-workshop", "vpc-1", nil)}, "", "rds-workshop"},
		"the only one of the VPC":                                  {[]world.Database{db("orders", "vpc-1", nil), db("rds-workshop", "vpc-2", nil)}, "", "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Cloud.Databases = x.databases
			s.Kube.Secret = &world.SecretFacts{Host: x.host, HasPassword: true}
			target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
			if err != nil || target.DB.Existing == nil || target.DB.Existing.Identifier != x.want {
				t.Errorf("%+v, want %s: %v", target.DB, x.want, err)
			}
		})
	}
}

func TestADatabaseElsewhereThatNobodyNamedIsNotDiagnosed(t *testing.T) {
	t.Parallel()
	for _, owned := range []bool{true, false} {
		s := shopSnapshot()
		s.Cloud.Databases = []world.Database{{Identifier: intent.DefaultDBIdentifier, Engine: "postgres", VPCID: "vpc-2"}}
		for i := range s.Kube.Policies {
			s.Kube.Policies[i].Owned = owned
		}
		found := diagnosed(t, s, intent.Intent{})
		if f := found["P03"]; owned && f.Status != check.Fail {
			t.Errorf("P03 %s: %s", f.Status, f.Reason.String())
		}
		// What others gave their pods access to need not be a database.
		if f, ok := found["P03"]; ok && !owned {
			t.Errorf("P03 of an access of others %s: %s", f.Status, f.Reason.String())
		}
		if f, ok := found["D84"]; ok {
			t.Errorf("D84 %s: %s", f.Status, f.Reason.String())
		}
	}
}

func TestADiagnosisTakesTheSecretsWayOfEncryption(t *testing.T) {
	t.Parallel()
	for mode, tls := range map[string]string{"": "require", "verify-full": "verify-full", "require": "require"} {
		s := shopSnapshot()
		s.Kube.Secret = &world.SecretFacts{ObjectFacts: world.ObjectFacts{Owned: true}, Host: "orders.rds", Port: "5432", Database: "postgres", Username: "app", SSLMode: tls, HasPassword: true}
		in := intent.Intent{}
		in.Database.TLSMode = mode
		if f := diagnosed(t, s, in)["D100"]; f.Status != check.Pass {
			t.Errorf("asked for %q, the Secret has %s: %s %v", mode, tls, f.Status, f.Evidence)
		}
	}
	s := shopSnapshot()
	s.Kube.Secret = &world.SecretFacts{ObjectFacts: world.ObjectFacts{Owned: true}, Host: "orders.rds", Port: "5432", Database: "postgres", Username: "app", SSLMode: intent.TLSRequire, HasPassword: true}
	in := intent.Intent{}
	in.Database.TLSMode = intent.TLSVerifyFull
	if f := diagnosed(t, s, in)["D100"]; f.Status != check.Fail || !slices.Contains(f.Evidence, `sslmode is "require", the database's is "verify-full"`) {
		t.Errorf("the explicit wish is not compared: %s %v", f.Status, f.Evidence)
	}
	if got := intent.IntentToMend(s, intent.Intent{Cluster: "shop", Namespace: "shop"}); got.Database.TLSMode != intent.TLSRequire {
		t.Errorf("mending it would change the way of encryption: %q", got.Database.TLSMode)
	}
}

func TestAMajorVersionOfPostgreSQLIsEnough(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{"17": true, "17.4": true, "1": false, "17.": false, "18": false, "17.9": false} {
		s := setUpWorld()
		s.Cloud.Databases, s.Cloud.DBOptions.Versions = nil, []string{"16.8", "17.4", "17.5"}
		for i := range s.Cloud.Subnets {
			s.Cloud.Cluster.SubnetIDs = append(s.Cloud.Cluster.SubnetIDs, s.Cloud.Subnets[i].ID)
		}
		in := intent.Intent{Cluster: "workshop"}
		in.Database.Create = &intent.CreateDatabase{EngineVersion: version}
		if _, _, err := intent.Resolve(s, in); (err == nil) != ok {
			t.Errorf("%s: %v", version, err)
		}
	}
}
