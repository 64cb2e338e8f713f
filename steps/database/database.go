// Package database has the steps of the procedure about the database: the RDS
// instance itself, the Secret with which pods connect to it, and the welcome table.
package database

import (
	"fmt"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/world"
)

// StepDatabase is the step about the database.
var StepDatabase = plan.Step{
	ID: check.StepDatabase,
	About: []string{
		"The PostgreSQL database that only the selected pods may reach: a new one, or one that you have.",
		"A new one lies in private subnets, without a public address, with encryption on.",
	},
	Checks: Checks,
	Plan:   planDatabase,
}

// Usable reports whether an RDS instance of a status lets clients in:
// available, or busy with what does not keep it from them.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
func Usable(status string) bool {
	switch status {
	case "available", "backing-up", "storage-optimization", "storage-initialization":
		return true
	}
	return false
}

// planDatabase plans the database, and first what it is made with.
func planDatabase(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.DB.Identifier == "" {
		return
	}
	policy.PlanNamespace(s, t, p)
	planPassword(s, t, p)
	planDBGroup(s, t, p)
	d := t.DB.Existing
	tags := world.OwnershipTags(t.Cluster.Name)
	secret := plan.SecretRef{Namespace: t.Namespace, Name: t.SecretName}
	switch {
	case t.DB.Create:
		if !s.HasSubnetGroup(t.DB.SubnetGroup) {
			kind := map[bool]string{true: "public", false: "private"}[t.DB.Public]
			p.Add(plan.Change{
				ID: plan.ChangeSubnetGroup, Step: check.StepDatabase, Op: plan.Create, Kind: world.KindDBSubnetGroup,
				Summary: fmt.Sprintf("DB subnet group %s of %d %s subnets", t.DB.SubnetGroup, len(t.DB.SubnetIDs), kind),
				Why:     "RDS places the database in subnets of at least two zones", Undo: "deleted, after the database",
				Action: CreateSubnetGroup{Name: t.DB.SubnetGroup, Description: "Made by podsg for " + t.DB.Identifier, SubnetIDs: t.DB.SubnetIDs, Tags: tags},
			})
		}
		public := "no public address"
		if t.DB.Public {
			public = "with a public address"
		}
		p.Add(plan.Change{
			ID: plan.ChangeDatabase, Step: check.StepDatabase, Op: plan.Create, Kind: world.KindDBInstance,
			Summary: strings.TrimSpace(fmt.Sprintf("database %s: PostgreSQL %s", t.DB.Identifier, t.DB.EngineVersion)) +
				fmt.Sprintf(" on %s, %d GiB, port %d, %s", t.DB.Class, t.DB.StorageGiB, t.Port, public),
			Why:   "the database that the pods reach",
			Needs: []string{plan.ChangePassword, plan.ChangeDBGroup, plan.ChangeSubnetGroup},
			Bills: databaseBill(t.DB.Class, t.DB.StorageGiB), Undo: "deleted with its data, without a final snapshot",
			Expected: 6 * time.Minute,
			Action: CreateDatabaseInstance{
				Identifier: t.DB.Identifier, Name: t.DB.Name, Username: t.DB.Username, Class: t.DB.Class, EngineVersion: t.DB.EngineVersion,
				StorageGiB: t.DB.StorageGiB, Port: t.Port, SubnetGroup: t.DB.SubnetGroup, Group: t.DBGroup, Public: t.DB.Public, Tags: tags, Secret: secret,
			},
		})
	case d != nil && p.Has(plan.ChangePassword) && world.OwnedBy(d.Tags, t.Cluster.Name):
		first := ""
		if !Usable(d.Status) {
			first = ", once it is available: it is " + d.Status
		}
		p.Add(plan.Change{
			ID: plan.ChangeDatabase, Step: check.StepDatabase, Op: plan.Update, Kind: world.KindDBInstance,
			Summary: fmt.Sprintf("database %s gets a new master password%s", d.Identifier, first),
			Why:     "the Secret with the old one is gone", Needs: []string{plan.ChangePassword}, Undo: "deleted with the database", Expected: time.Minute,
			Action: ResetDatabasePassword{Identifier: d.Identifier, Secret: secret, Wait: first != ""},
		})
	case d != nil && d.Address == "":
		p.Add(plan.Change{
			ID: plan.ChangeDatabase, Step: check.StepDatabase, Op: plan.Update, Kind: world.KindDBInstance,
			Summary: fmt.Sprintf("wait for database %s, which is %s", d.Identifier, d.Status),
			Why:     "it has an address only when it is available", Undo: "nothing to undo", Expected: 5 * time.Minute,
			Action: AwaitDatabase{Identifier: d.Identifier},
		})
	}
}

func planDBGroup(_ *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.DBGroup.ID != "" {
		return
	}
	p.Add(plan.Change{
		ID: plan.ChangeDBGroup, Step: check.StepDatabase, Op: plan.Create, Kind: world.KindSecurityGroup,
		Summary: fmt.Sprintf("security group %s in %s", t.DBGroup.Name, t.Cluster.VPCID),
		Why:     "it stands in front of the database", Undo: "deleted, after the database",
		Action: network.CreateSecurityGroup{
			Output: intent.OutputDBGroup, Name: t.DBGroup.Name, VPCID: t.Cluster.VPCID, Tags: world.OwnershipTags(t.Cluster.Name),
			Description: "Database " + t.DB.Identifier,
		},
	})
}
