package steps

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
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

// cacheSnapshot is security groups for pods set up by hand for a cache: there is
// no database on RDS, no Secret, and nothing that podsg made.
func cacheSnapshot() *world.Snapshot {
	s := checktest.World()
	s.Cloud.Databases, s.Kube.Secret, s.Kube.Workloads = nil, nil, nil
	for i := range s.Cloud.SecurityGroups {
		s.Cloud.SecurityGroups[i].Tags = nil
	}
	s.Cloud.SecurityGroups[1].Name, s.Cloud.SecurityGroups[2].Name = "cache-clients", "cache"
	s.Kube.Namespace = &world.Namespace{ObjectFacts: world.ObjectFacts{Name: "shop"}}
	s.Kube.Policies[0].ObjectFacts = world.ObjectFacts{Name: "cache-clients", Namespace: "shop", CreatedAt: s.Kube.Policies[0].CreatedAt}
	s.Kube.Pods[0].Namespace = "shop"
	return s
}

// ofOrders is the intent that names the database of the shop.
func ofOrders() (in intent.Intent) {
	in.Database.Existing = &intent.ExistingDatabase{Identifier: "orders"}
	return in
}

func troublesOf(t *testing.T, s *world.Snapshot, in intent.Intent) (out []string) {
	t.Helper()
	target, err := intent.ResolveForDiagnosis(s, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Check(s, &target) {
		if f.Status == check.Fail || f.Status == check.Warn {
			out = append(out, f.ID+" "+f.Reason.String())
		}
	}
	return out
}

func TestWhatPodsgDidNotSetUpLacksNothingThatOnlyPodsgMakes(t *testing.T) {
	t.Parallel()
	another := world.Database{Identifier: "orders", Engine: "postgres", Status: "available", Address: "orders.rds", Port: 5432, VPCID: "vpc-1", Groups: []string{"sg-orders"}}
	for name, edit := range map[string]func(*world.Snapshot){
		"a cache":                       func(*world.Snapshot) {},
		"beside a database of another":  func(s *world.Snapshot) { s.Cloud.Databases = []world.Database{another} },
		"without a policy and its pods": func(s *world.Snapshot) { s.Kube.Policies, s.Kube.Pods = nil, nil },
		"beside another namespace's own": func(s *world.Snapshot) {
			s.Kube.Journal = &world.Journal{Entries: []world.JournalEntry{{Kind: world.KindSecret, Object: "sg-per-pod/rds", Done: true}}}
		},
		"with several policies": func(s *world.Snapshot) {
			p := s.Kube.Policies[0]
			p.Name = "more"
			p.PodSelector = &world.Selector{MatchLabels: map[string]string{"x": "y"}}
			s.Kube.Policies = append(s.Kube.Policies, p)
		},
		"with a group of the same name": func(s *world.Snapshot) { s.Cloud.SecurityGroups[1].Name = intent.DefaultPodGroupName },
		"with the namespace podsg's name": func(s *world.Snapshot) {
			s.Kube.Pods[0].Namespace, s.Kube.Policies[0].Namespace = intent.DefaultNamespace, intent.DefaultNamespace
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := cacheSnapshot()
			edit(s)
			namespace := "shop"
			if len(s.Kube.Policies) > 0 {
				namespace = s.Kube.Policies[0].Namespace
			}
			if got := troublesOf(t, s, intent.Intent{Cluster: "workshop", Namespace: namespace}); len(got) > 0 {
				t.Errorf("%s", strings.Join(got, "\n"))
			}
		})
	}
}

func TestWhatIsNamedIsMissed(t *testing.T) {
	t.Parallel()
	s := cacheSnapshot()
	s.Cloud.Databases = []world.Database{{Identifier: "orders", Engine: "postgres", Status: "available", Address: "orders.rds", Port: 5432, VPCID: "vpc-1", Groups: []string{"sg-db"}}}
	s.Cloud.SecurityGroups[2].Rules = nil
	in := intent.Intent{Cluster: "workshop", Namespace: "shop"}
	in.Database.Existing = &intent.ExistingDatabase{Identifier: "orders"}
	if got := strings.Join(troublesOf(t, s, in), "\n"); !strings.Contains(got, "D77") {
		t.Errorf("a database that was named is not judged:\n%s", got)
	}
	in = intent.Intent{Cluster: "workshop", Namespace: "shop", Policy: intent.PolicyIntent{Name: "other"}}
	if got := strings.Join(troublesOf(t, s, in), "\n"); !strings.Contains(got, "P04") {
		t.Errorf("a policy that was named is not missed:\n%s", got)
	}
	s = checktest.World()
	s.Kube.Policies, s.Cloud.Databases = nil, nil
	if got := strings.Join(troublesOf(t, s, intent.Intent{Cluster: "workshop"}), "\n"); !strings.Contains(got, "P04") || !strings.Contains(got, "P03") {
		t.Errorf("what podsg made and is gone is not missed:\n%s", got)
	}
}

func TestADatabaseOfTheVPCIsMeantOnlyWhereSomethingSaysSo(t *testing.T) {
	t.Parallel()
	db := func(id string) world.Database {
		return world.Database{Identifier: id, Engine: "postgres", Status: "available", Address: id + ".rds", Port: 5432, VPCID: "vpc-1", Groups: []string{"sg-" + id}}
	}
	for name, x := range map[string]struct {
		edit func(*world.Snapshot)
		want string
	}{
		"nothing does": {func(*world.Snapshot) {}, ""},
		"a rule that admits the pods' group": {func(s *world.Snapshot) {
			s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: "sg-orders", VPCID: "vpc-1", Rules: []world.Rule{{ID: "r", Direction: world.Ingress, Protocol: "tcp", FromPort: 5432, ToPort: 5432, PeerGroup: "sg-pods"}}})
		}, "orders"},
		"the pods' log": {func(s *world.Snapshot) {
			s.Kube.Pods[0].Troubles = []world.LogTrouble{{Check: "D90", Text: "dial tcp orders.rds:5432: i/o timeout"}}
		}, "orders"},
		"the Secret": {func(s *world.Snapshot) { s.Kube.Secret = &world.SecretFacts{Host: "orders.rds"} }, "orders"},
	} {
		s := cacheSnapshot()
		s.Cloud.Databases = []world.Database{db("orders"), db("stock")}
		x.edit(s)
		target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "workshop", Namespace: "shop"})
		got := ""
		if target.DB.Existing != nil {
			got = target.DB.Existing.Identifier
		}
		if err != nil || got != x.want {
			t.Errorf("%s: %q, want %q: %v", name, got, x.want, err)
		}
	}
}
