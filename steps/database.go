package steps

import (
	"fmt"
	"strings"
	"time"
)

var stepDatabase = Step{
	ID: StepDatabase,
	About: []string{
		"The PostgreSQL database that only the selected pods may reach: a new one, or one that you have.",
		"A new one lies in private subnets, without a public address, with encryption on.",
	},
	Check: checkDatabase,
	Plan:  planDatabase,
}

var (
	checkDBThere  = check{id: "P03", title: "Database exists and is available"}
	checkDBVPC    = check{id: "D84", title: "Database is in the cluster's VPC"}
	checkDBPublic = check{id: "D86", title: "Database has no public address"}
	checkDBTLS    = check{id: "D91", title: "Connections to the database use TLS"}
)

func checkDatabase(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepDatabase, s: s, t: t}
	if !f.known(checkDBThere, FactDatabases) {
		return f.out
	}
	d := t.DB.Existing
	if d == nil {
		f.add(checkDBThere, Fail, fmt.Sprintf("there is no RDS instance %q", t.DB.Identifier)).bySetup(t, "setup makes it")
		return f.out
	}
	if trouble := databaseTrouble(*d, OwnedBy(d.Tags, t.Cluster.Name)); trouble.fix != "" {
		f.add(checkDBThere, Fail, fmt.Sprintf("%s is %s: %s", d.Identifier, d.Status, trouble.means)).on(d.Identifier).mend(trouble.fix, trouble.command).blocks()
	} else if DatabaseUsable(d.Status) {
		f.add(checkDBThere, Pass, fmt.Sprintf("%s %s, %s, %s:%d", d.Engine, d.EngineVersion, d.Status, d.Address, d.Port)).on(d.Identifier)
	} else {
		f.add(checkDBThere, Fail, fmt.Sprintf("%s is %s", d.Identifier, d.Status)).on(d.Identifier).
			mend("wait until it is available", "aws rds wait db-instance-available --db-instance-identifier "+d.Identifier)
	}
	f.expect(checkDBVPC, d.VPCID == t.Cluster.VPCID, d.VPCID,
		fmt.Sprintf("it is in %s, the cluster in %s: rules cannot name the pods' group there", d.VPCID, t.Cluster.VPCID)).on(d.Identifier).
		mend("use a database in the cluster's VPC", "").blocks()
	if d.Public {
		f.add(checkDBPublic, Warn, "it has one: whoever a rule admits can reach it from the internet").on(d.Identifier).
			mend("take it away, unless something outside the VPC needs it", "aws rds modify-db-instance --db-instance-identifier "+d.Identifier+" --no-publicly-accessible --apply-immediately")
	} else {
		f.add(checkDBPublic, Pass, "none").on(d.Identifier)
	}
	checkTLS(f)
	return f.out
}

// DatabaseUsable reports whether an RDS instance of a status lets clients in:
// available, or busy with what does not keep it from them.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
func DatabaseUsable(status string) bool {
	switch status {
	case "available", "backing-up", "storage-optimization", "storage-initialization":
		return true
	}
	return false
}

func planDatabase(s *Snapshot, t *Target, p *Plan) {
	if t.DB.Identifier == "" {
		return
	}
	planNamespace(s, t, p)
	planPassword(s, t, p)
	planDBGroup(s, t, p)
	d := t.DB.Existing
	tags := OwnershipTags(t.Cluster.Name)
	secret := SecretRef{Namespace: t.Namespace, Name: t.SecretName}
	switch {
	case t.DB.Create:
		if !s.hasSubnetGroup(t.DB.SubnetGroup) {
			kind := map[bool]string{true: "public", false: "private"}[t.DB.Public]
			p.Add(Change{
				ID: changeSubnetGroup, Step: StepDatabase, Op: Create, Kind: KindDBSubnetGroup,
				Summary: fmt.Sprintf("DB subnet group %s of %d %s subnets", t.DB.SubnetGroup, len(t.DB.SubnetIDs), kind),
				Why:     "RDS places the database in subnets of at least two zones", Undo: "deleted, after the database",
				Action: CreateSubnetGroup{Name: t.DB.SubnetGroup, Description: "Made by podsg for " + t.DB.Identifier, SubnetIDs: t.DB.SubnetIDs, Tags: tags},
			})
		}
		public := "no public address"
		if t.DB.Public {
			public = "with a public address"
		}
		p.Add(Change{
			ID: changeDatabase, Step: StepDatabase, Op: Create, Kind: KindDBInstance,
			Summary: strings.TrimSpace(fmt.Sprintf("database %s: PostgreSQL %s", t.DB.Identifier, t.DB.EngineVersion)) +
				fmt.Sprintf(" on %s, %d GiB, port %d, %s", t.DB.Class, t.DB.StorageGiB, t.Port, public),
			Why:   "the database that the pods reach",
			Needs: []string{changePassword, changeDBGroup, changeSubnetGroup},
			Bills: databaseBill(t.DB.Class, t.DB.StorageGiB), Undo: "deleted with its data, without a final snapshot",
			Expected: 6 * time.Minute,
			Action: CreateDatabaseInstance{
				Identifier: t.DB.Identifier, Name: t.DB.Name, Username: t.DB.Username, Class: t.DB.Class, EngineVersion: t.DB.EngineVersion,
				StorageGiB: t.DB.StorageGiB, Port: t.Port, SubnetGroup: t.DB.SubnetGroup, Group: t.DBGroup, Public: t.DB.Public, Tags: tags, Secret: secret,
			},
		})
	case d != nil && p.has(changePassword) && OwnedBy(d.Tags, t.Cluster.Name):
		first := ""
		if !DatabaseUsable(d.Status) {
			first = ", once it is available: it is " + d.Status
		}
		p.Add(Change{
			ID: changeDatabase, Step: StepDatabase, Op: Update, Kind: KindDBInstance,
			Summary: fmt.Sprintf("database %s gets a new master password%s", d.Identifier, first),
			Why:     "the Secret with the old one is gone", Needs: []string{changePassword}, Undo: "deleted with the database", Expected: time.Minute,
			Action: ResetDatabasePassword{Identifier: d.Identifier, Secret: secret, Wait: first != ""},
		})
	case d != nil && d.Address == "":
		p.Add(Change{
			ID: changeDatabase, Step: StepDatabase, Op: Update, Kind: KindDBInstance,
			Summary: fmt.Sprintf("wait for database %s, which is %s", d.Identifier, d.Status),
			Why:     "it has an address only when it is available", Undo: "nothing to undo", Expected: 5 * time.Minute,
			Action: AwaitDatabase{Identifier: d.Identifier},
		})
	}
}

func (p *Plan) has(id string) bool {
	_, ok := p.Change(id)
	return ok
}

func (s *Snapshot) hasSubnetGroup(name string) bool {
	for _, g := range s.Cloud.SubnetGroups {
		if g.Name == name {
			return true
		}
	}
	return false
}

func planDBGroup(_ *Snapshot, t *Target, p *Plan) {
	if t.DBGroup.ID != "" {
		return
	}
	p.Add(Change{
		ID: changeDBGroup, Step: StepDatabase, Op: Create, Kind: KindSecurityGroup,
		Summary: fmt.Sprintf("security group %s in %s", t.DBGroup.Name, t.Cluster.VPCID),
		Why:     "it stands in front of the database", Undo: "deleted, after the database",
		Action: CreateSecurityGroup{
			Output: outputDBGroup, Name: t.DBGroup.Name, VPCID: t.Cluster.VPCID, Tags: OwnershipTags(t.Cluster.Name),
			Description: "Database " + t.DB.Identifier,
		},
	})
}
