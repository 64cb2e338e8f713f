package database

import (
	"context"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// DeleteDatabaseInstance deletes a database with its data and waits until it
// is gone.
type DeleteDatabaseInstance struct {
	Identifier string
	Deleting   bool // it is being deleted already
}

// Apply implements [plan.Action].
func (a DeleteDatabaseInstance) Apply(ctx context.Context, run *plan.Run) error {
	if !a.Deleting {
		if err := run.Settled(ctx, func(call context.Context) error { return run.Cloud.DeleteDatabase(call, a.Identifier) }); err != nil {
			return err
		}
	}
	if err := run.Cloud.WaitDatabaseDeleted(ctx, a.Identifier, run.Progress); err != nil {
		return err
	}
	return updateAfterDatabase(run, ctx, a.Identifier)
}

// updateAfterDatabase takes the database and the tables in it out of the
// journal.
func updateAfterDatabase(r *plan.Run, ctx context.Context, identifier string) error {
	return r.Root().UpdateJournal(ctx, func(j *world.Journal) {
		j.Remove(world.KindDBInstance, identifier)
		for _, e := range j.Find(world.KindTable) {
			if strings.HasPrefix(e.Object, identifier+"/") {
				j.Remove(world.KindTable, e.Object)
			}
		}
	})
}

// Shell implements [plan.Action].
func (a DeleteDatabaseInstance) Shell() []string {
	return []string{
		shell.Command("aws rds delete-db-instance --db-instance-identifier %s --skip-final-snapshot --delete-automated-backups", a.Identifier),
		shell.Command("aws rds wait db-instance-deleted --db-instance-identifier %s", a.Identifier),
	}
}

// DeleteSubnetGroup deletes a DB subnet group.
type DeleteSubnetGroup struct{ Name string }

// Apply implements [plan.Action].
func (a DeleteSubnetGroup) Apply(ctx context.Context, run *plan.Run) error {
	if err := run.Settled(ctx, func(call context.Context) error { return run.Cloud.DeleteDBSubnetGroup(call, a.Name) }); err != nil {
		return err
	}
	return run.Forget(ctx, world.KindDBSubnetGroup, a.Name)
}

// Shell implements [plan.Action].
func (a DeleteSubnetGroup) Shell() []string {
	return []string{shell.Command("aws rds delete-db-subnet-group --db-subnet-group-name %s", a.Name)}
}
