package steps

import (
	"strings"
	"testing"

	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// shopWorld is a cluster whose VPC has databases of somebody else, and what an
// earlier run of podsg left.
func shopWorld(edit func(*world.Snapshot)) *world.Snapshot {
	s := &world.Snapshot{CA: []byte("authorities")}
	s.Cloud.Identity.Region = "us-west-2"
	s.Cloud.Cluster = world.Cluster{Name: "workshop", VPCID: "vpc-1", SecurityGroupID: "sg-nodes"}
	s.Cloud.SecurityGroups = []world.SecurityGroup{
		{ID: "sg-nodes", Name: "nodes", VPCID: "vpc-1"}, {ID: "sg-orders", Name: "orders", VPCID: "vpc-1"},
		{ID: "sg-mysql", Name: "mysql", VPCID: "vpc-1"}, {ID: "sg-rds", Name: "SHOP_SG", VPCID: "vpc-1", Tags: world.OwnershipTags("workshop")},
		{ID: "sg-other", Name: "other", VPCID: "vpc-1"},
	}
	s.Cloud.Databases = []world.Database{
		{Identifier: "orders-db", Engine: "postgres", VPCID: "vpc-1", Address: "orders-db.example.com", Port: 5432, Name: "orders", Username: "orders", Groups: []string{"sg-orders"}},
		{Identifier: "bills-db", Engine: "postgres", VPCID: "vpc-1", Address: "bills-db.example.com", Port: 5432, Groups: []string{"sg-orders"}},
		{Identifier: "legacy", Engine: "mysql", VPCID: "vpc-1", Address: "legacy.example.com", Port: 3306, Groups: []string{"sg-mysql"}},
	}
	for _, zone := range []string{"a", "b"} {
		s.Cloud.Subnets = append(s.Cloud.Subnets, world.Subnet{ID: "subnet-" + zone, Zone: zone})
	}
	edit(s)
	return s
}

// own is a database that podsg made.
func own(identifier string) world.Database {
	return world.Database{
		Identifier: identifier, Engine: "postgres", EngineVersion: "17.7", Class: "db.t4g.micro", VPCID: "vpc-1", Address: identifier + ".example.com",
		StorageGiB: 20, Port: 5432, Name: "workshop", Username: "workshop", Groups: []string{"sg-other", "sg-rds"}, Tags: world.OwnershipTags("workshop"),
	}
}

func madeBefore(identifier string) func(*world.Snapshot) {
	return func(s *world.Snapshot) { s.Cloud.Databases = append(s.Cloud.Databases, own(identifier)) }
}

func secretFor(host string, edit func(*world.SecretFacts)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Kube.Secret = &world.SecretFacts{Host: host, Port: "5432", Database: "orders", Username: "orders", HasPassword: true}
		s.Kube.Secret.Owned = true
		if edit != nil {
			edit(s.Kube.Secret)
		}
	}
}

func TestRunningAgainTakesTheDatabaseOfTheEarlierRun(t *testing.T) {
	ownRule := func(group string, port int) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			for i := range s.Cloud.SecurityGroups {
				if g := &s.Cloud.SecurityGroups[i]; g.ID == group {
					g.Rules = append(g.Rules, world.Rule{ID: "sgr-1", Direction: world.Ingress, Protocol: "tcp", FromPort: port, ToPort: port, Tags: world.OwnershipTags("workshop")})
				}
			}
		}
	}
	both := func(a, b func(*world.Snapshot)) func(*world.Snapshot) { return func(s *world.Snapshot) { a(s); b(s) } }
	for _, c := range []struct {
		name  string
		world func(*world.Snapshot)
		want  string // identifier; empty: a question
		user  string
	}{
		{"nothing was done yet", func(*world.Snapshot) {}, "", ""},
		{"the Secret names it", secretFor("orders-db.example.com", nil), "orders-db", "orders"},
		{"the Secret names it with another user", secretFor("orders-db.example.com", func(f *world.SecretFacts) { f.Username = "app" }), "orders-db", "app"},
		{"a Secret of somebody else names it", secretFor("orders-db.example.com", func(f *world.SecretFacts) { f.Owned = false }), "", ""},
		{"podsg made it", madeBefore(intent.DefaultDBIdentifier), intent.DefaultDBIdentifier, "workshop"},
		{"podsg made it under another name", madeBefore("shop-db"), "shop-db", "workshop"},
		{"podsg made one, and the Secret names another", both(madeBefore("shop-db"), secretFor("orders-db.example.com", nil)), "orders-db", "orders"},
		{"only podsg's rule leads to it", ownRule("sg-mysql", 3306), "legacy", ""},
		{"podsg's rule leads to two", ownRule("sg-orders", 5432), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shopWorld(c.world)
			r := intent.NewResolver(s, intent.Intent{Cluster: "workshop"})
			err := r.Database()
			if err != nil {
				t.Fatal(err)
			}
			if r.T.DB.Identifier != c.want || c.want != "" && r.T.DB.Username != c.user {
				t.Errorf("got %q of user %q, want %q of %q", r.T.DB.Identifier, r.T.DB.Username, c.want, c.user)
			}
			if (len(r.Questions) > 0) != (c.want == "") {
				t.Errorf("questions: %+v", r.Questions)
			}
			for _, q := range r.Questions {
				for _, choice := range q.Choices {
					if choice.Value == "legacy" {
						t.Error("a MySQL database is among the PostgreSQL databases")
					}
				}
			}
			if source := r.T.Sources["database"]; c.want != "" && source.From != "discovered" {
				t.Errorf("it comes from %+v", source)
			}
		})
	}
}

func TestAnswersThatDifferFromAMadeDatabaseAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		in   intent.DatabaseIntent
		want string // empty: taken
	}{
		{"no answer", intent.DatabaseIntent{}, ""},
		{"the same answers", intent.DatabaseIntent{Port: 5432, Create: &intent.CreateDatabase{Class: "db.t4g.micro", EngineVersion: "17", Name: "workshop", Subnets: "private"}, SecurityGroup: intent.GroupIntent{Name: "SHOP_SG"}}, ""},
		{"another group that it carries", intent.DatabaseIntent{SecurityGroup: intent.GroupIntent{ID: "sg-other"}}, ""},
		{"another port", intent.DatabaseIntent{Port: 5433}, "database.port: rds-workshop listens on 5432; podsg does not change an existing database"},
		{"another class", intent.DatabaseIntent{Create: &intent.CreateDatabase{Class: "db.t4g.large"}}, "database.create.class: rds-workshop is a db.t4g.micro"},
		{"another version", intent.DatabaseIntent{Create: &intent.CreateDatabase{EngineVersion: "16"}}, "database.create.engineVersion: rds-workshop has PostgreSQL 17.7"},
		{"another database", intent.DatabaseIntent{Create: &intent.CreateDatabase{Name: "shop"}}, "database.create.name: rds-workshop was made with database workshop"},
		{"more storage", intent.DatabaseIntent{Create: &intent.CreateDatabase{StorageGiB: 100}}, "database.create.storageGiB: rds-workshop has 20 GiB"},
		{"less storage than it has grown to", intent.DatabaseIntent{Create: &intent.CreateDatabase{StorageGiB: 10}}, ""},
		{"public subnets", intent.DatabaseIntent{Create: &intent.CreateDatabase{Subnets: "public"}}, "database.create.subnets: rds-workshop is private"},
		{"a group that it does not carry", intent.DatabaseIntent{SecurityGroup: intent.GroupIntent{ID: "sg-nodes"}}, "does not carry security group sg-nodes"},
		{"a group that is not there", intent.DatabaseIntent{SecurityGroup: intent.GroupIntent{Name: "NEW_SG"}}, "does not carry security group NEW_SG"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := intent.NewResolver(shopWorld(madeBefore(intent.DefaultDBIdentifier)), intent.Intent{Cluster: "workshop", Database: c.in})
			err := r.Database()
			if err == nil {
				err = r.DatabaseGroup()
			}
			if c.want == "" {
				if err != nil || len(r.Questions) > 0 || r.T.DBGroup.ID == "" {
					t.Errorf("got %v, %+v, group %+v", err, r.Questions, r.T.DBGroup)
				}
				return
			}
			if err == nil || world.KindOf(err) != world.ProblemUsage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	r := intent.NewResolver(shopWorld(madeBefore(intent.DefaultDBIdentifier)), intent.Intent{Cluster: "workshop"})
	if r.Database() != nil || r.DatabaseGroup() != nil || r.T.DBGroup.ID != "sg-rds" {
		t.Errorf("of its groups the one that podsg made is taken: got %+v", r.T.DBGroup)
	}
}

func TestASecretOfAnotherDatabaseGivesNoPassword(t *testing.T) {
	for _, c := range []struct {
		name     string
		world    func(*world.Snapshot)
		in       intent.DatabaseIntent
		password bool // a new one is planned
		question bool // where the password is
	}{
		{"a new database, and the Secret of another one", secretFor("orders-db.example.com", nil), intent.DatabaseIntent{Create: &intent.CreateDatabase{}}, true, false},
		{"a new database, and the Secret of a run that was stopped", secretFor("", nil), intent.DatabaseIntent{Create: &intent.CreateDatabase{}}, false, false},
		{"a new database in place of the one that was deleted", secretFor("rds-workshop.example.com", nil), intent.DatabaseIntent{Create: &intent.CreateDatabase{}}, false, false},
		{"a database that exists, and its own Secret", secretFor("orders-db.example.com", nil), intent.DatabaseIntent{Existing: &intent.ExistingDatabase{Identifier: "orders-db"}}, false, false},
		{"a database that exists, and the Secret of another one", secretFor("rds-workshop.example.com", nil), intent.DatabaseIntent{Existing: &intent.ExistingDatabase{Identifier: "orders-db"}}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shopWorld(c.world)
			target, questions, err := intent.Resolve(s, intent.Intent{Cluster: "workshop", Database: c.in})
			if err != nil {
				t.Fatal(err)
			}
			asked := false
			for _, q := range questions {
				asked = asked || q.Key == "database.existing.passwordFrom"
			}
			if asked != c.question {
				t.Errorf("questions: %+v", questions)
			}
			p := &plan.Plan{}
			database.StepDatabase.Plan(s, &target, p)
			planned, ok := p.Change(plan.ChangePassword)
			if ok != c.password || ok && (planned.Op != plan.Update || !strings.Contains(planned.Why, "orders-db.example.com")) {
				t.Errorf("planned: %t, %+v", ok, planned)
			}
		})
	}
}
