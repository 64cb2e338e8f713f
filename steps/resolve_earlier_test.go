package steps

import (
	"strings"
	"testing"
)

// shopWorld is a cluster whose VPC has databases of somebody else, and what an
// earlier run of podsg left.
func shopWorld(edit func(*Snapshot)) *Snapshot {
	s := &Snapshot{CA: []byte("authorities")}
	s.Cloud.Identity.Region = "us-west-2"
	s.Cloud.Cluster = Cluster{Name: "workshop", VPCID: "vpc-1", SecurityGroupID: "sg-nodes"}
	s.Cloud.SecurityGroups = []SecurityGroup{
		{ID: "sg-nodes", Name: "nodes", VPCID: "vpc-1"}, {ID: "sg-orders", Name: "orders", VPCID: "vpc-1"},
		{ID: "sg-mysql", Name: "mysql", VPCID: "vpc-1"}, {ID: "sg-rds", Name: "SHOP_SG", VPCID: "vpc-1", Tags: OwnershipTags("workshop")},
		{ID: "sg-other", Name: "other", VPCID: "vpc-1"},
	}
	s.Cloud.Databases = []Database{
		{Identifier: "orders-db", Engine: "postgres", VPCID: "vpc-1", Address: "orders-db.example.com", Port: 5432, Name: "orders", Username: "orders", Groups: []string{"sg-orders"}},
		{Identifier: "bills-db", Engine: "postgres", VPCID: "vpc-1", Address: "bills-db.example.com", Port: 5432, Groups: []string{"sg-orders"}},
		{Identifier: "legacy", Engine: "mysql", VPCID: "vpc-1", Address: "legacy.example.com", Port: 3306, Groups: []string{"sg-mysql"}},
	}
	for _, zone := range []string{"a", "b"} {
		s.Cloud.Subnets = append(s.Cloud.Subnets, Subnet{ID: "subnet-" + zone, Zone: zone})
	}
	edit(s)
	return s
}

// own is a database that podsg made.
func own(identifier string) Database {
	return Database{
		Identifier: identifier, Engine: "postgres", EngineVersion: "17.7", Class: "db.t4g.micro", VPCID: "vpc-1", Address: identifier + ".example.com",
		StorageGiB: 20, Port: 5432, Name: "workshop", Username: "workshop", Groups: []string{"sg-other", "sg-rds"}, Tags: OwnershipTags("workshop"),
	}
}

func madeBefore(identifier string) func(*Snapshot) {
	return func(s *Snapshot) { s.Cloud.Databases = append(s.Cloud.Databases, own(identifier)) }
}

func secretFor(host string, edit func(*SecretFacts)) func(*Snapshot) {
	return func(s *Snapshot) {
		s.Kube.Secret = &SecretFacts{Host: host, Port: "5432", Database: "orders", Username: "orders", HasPassword: true}
		s.Kube.Secret.Owned = true
		if edit != nil {
			edit(s.Kube.Secret)
		}
	}
}

func TestRunningAgainTakesTheDatabaseOfTheEarlierRun(t *testing.T) {
	ownRule := func(group string, port int) func(*Snapshot) {
		return func(s *Snapshot) {
			for i := range s.Cloud.SecurityGroups {
				if g := &s.Cloud.SecurityGroups[i]; g.ID == group {
					g.Rules = append(g.Rules, Rule{ID: "sgr-1", Direction: Ingress, Protocol: "tcp", FromPort: port, ToPort: port, Tags: OwnershipTags("workshop")})
				}
			}
		}
	}
	both := func(a, b func(*Snapshot)) func(*Snapshot) { return func(s *Snapshot) { a(s); b(s) } }
	for _, c := range []struct {
		name  string
		world func(*Snapshot)
		want  string // identifier; empty: a question
		user  string
	}{
		{"nothing was done yet", func(*Snapshot) {}, "", ""},
		{"the Secret names it", secretFor("orders-db.example.com", nil), "orders-db", "orders"},
		{"the Secret names it with another user", secretFor("orders-db.example.com", func(f *SecretFacts) { f.Username = "app" }), "orders-db", "app"},
		{"a Secret of somebody else names it", secretFor("orders-db.example.com", func(f *SecretFacts) { f.Owned = false }), "", ""},
		{"podsg made it", madeBefore(DefaultDBIdentifier), DefaultDBIdentifier, "workshop"},
		{"podsg made it under another name", madeBefore("shop-db"), "shop-db", "workshop"},
		{"podsg made one, and the Secret names another", both(madeBefore("shop-db"), secretFor("orders-db.example.com", nil)), "orders-db", "orders"},
		{"only podsg's rule leads to it", ownRule("sg-mysql", 3306), "legacy", ""},
		{"podsg's rule leads to two", ownRule("sg-orders", 5432), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shopWorld(c.world)
			r := newResolver(s, Intent{Cluster: "workshop"})
			err := r.database()
			if err != nil {
				t.Fatal(err)
			}
			if r.t.DB.Identifier != c.want || c.want != "" && r.t.DB.Username != c.user {
				t.Errorf("got %q of user %q, want %q of %q", r.t.DB.Identifier, r.t.DB.Username, c.want, c.user)
			}
			if (len(r.questions) > 0) != (c.want == "") {
				t.Errorf("questions: %+v", r.questions)
			}
			for _, q := range r.questions {
				for _, choice := range q.Choices {
					if choice.Value == "legacy" {
						t.Error("a MySQL database is among the PostgreSQL databases")
					}
				}
			}
			if source := r.t.Sources["database"]; c.want != "" && source.From != "discovered" {
				t.Errorf("it comes from %+v", source)
			}
		})
	}
}

func TestAnswersThatDifferFromAMadeDatabaseAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		in   DatabaseIntent
		want string // empty: taken
	}{
		{"no answer", DatabaseIntent{}, ""},
		{"the same answers", DatabaseIntent{Port: 5432, Create: &CreateDatabase{Class: "db.t4g.micro", EngineVersion: "17", Name: "workshop", Subnets: "private"}, SecurityGroup: GroupIntent{Name: "SHOP_SG"}}, ""},
		{"another group that it carries", DatabaseIntent{SecurityGroup: GroupIntent{ID: "sg-other"}}, ""},
		{"another port", DatabaseIntent{Port: 5433}, "database.port: rds-workshop listens on 5432; podsg does not change an existing database"},
		{"another class", DatabaseIntent{Create: &CreateDatabase{Class: "db.t4g.large"}}, "database.create.class: rds-workshop is a db.t4g.micro"},
		{"another version", DatabaseIntent{Create: &CreateDatabase{EngineVersion: "16"}}, "database.create.engineVersion: rds-workshop has PostgreSQL 17.7"},
		{"another database", DatabaseIntent{Create: &CreateDatabase{Name: "shop"}}, "database.create.name: rds-workshop was made with database workshop"},
		{"more storage", DatabaseIntent{Create: &CreateDatabase{StorageGiB: 100}}, "database.create.storageGiB: rds-workshop has 20 GiB"},
		{"less storage than it has grown to", DatabaseIntent{Create: &CreateDatabase{StorageGiB: 10}}, ""},
		{"public subnets", DatabaseIntent{Create: &CreateDatabase{Subnets: "public"}}, "database.create.subnets: rds-workshop is private"},
		{"a group that it does not carry", DatabaseIntent{SecurityGroup: GroupIntent{ID: "sg-nodes"}}, "does not carry security group sg-nodes"},
		{"a group that is not there", DatabaseIntent{SecurityGroup: GroupIntent{Name: "NEW_SG"}}, "does not carry security group NEW_SG"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newResolver(shopWorld(madeBefore(DefaultDBIdentifier)), Intent{Cluster: "workshop", Database: c.in})
			err := r.database()
			if err == nil {
				err = r.databaseGroup()
			}
			if c.want == "" {
				if err != nil || len(r.questions) > 0 || r.t.DBGroup.ID == "" {
					t.Errorf("got %v, %+v, group %+v", err, r.questions, r.t.DBGroup)
				}
				return
			}
			if err == nil || KindOf(err) != ProblemUsage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	r := newResolver(shopWorld(madeBefore(DefaultDBIdentifier)), Intent{Cluster: "workshop"})
	if r.database() != nil || r.databaseGroup() != nil || r.t.DBGroup.ID != "sg-rds" {
		t.Errorf("of its groups the one that podsg made is taken: got %+v", r.t.DBGroup)
	}
}

func TestASecretOfAnotherDatabaseGivesNoPassword(t *testing.T) {
	for _, c := range []struct {
		name     string
		world    func(*Snapshot)
		in       DatabaseIntent
		password bool // a new one is planned
		question bool // where the password is
	}{
		{"a new database, and the Secret of another one", secretFor("orders-db.example.com", nil), DatabaseIntent{Create: &CreateDatabase{}}, true, false},
		{"a new database, and the Secret of a run that was stopped", secretFor("", nil), DatabaseIntent{Create: &CreateDatabase{}}, false, false},
		{"a new database in place of the one that was deleted", secretFor("rds-workshop.example.com", nil), DatabaseIntent{Create: &CreateDatabase{}}, false, false},
		{"a database that exists, and its own Secret", secretFor("orders-db.example.com", nil), DatabaseIntent{Existing: &ExistingDatabase{Identifier: "orders-db"}}, false, false},
		{"a database that exists, and the Secret of another one", secretFor("rds-workshop.example.com", nil), DatabaseIntent{Existing: &ExistingDatabase{Identifier: "orders-db"}}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shopWorld(c.world)
			target, questions, err := Resolve(s, Intent{Cluster: "workshop", Database: c.in})
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
			p := &Plan{}
			planPassword(s, &target, p)
			planned, ok := p.Change(changePassword)
			if ok != c.password || ok && (planned.Op != Update || !strings.Contains(planned.Why, "orders-db.example.com")) {
				t.Errorf("planned: %t, %+v", ok, planned)
			}
		})
	}
}
