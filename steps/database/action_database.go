package database

import (
	"context"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// CreateSubnetGroup makes the DB subnet group of a new database.
type CreateSubnetGroup struct {
	Name, Description string
	SubnetIDs         []string
	Tags              map[string]string
}

// Apply implements [plan.Action].
func (a CreateSubnetGroup) Apply(ctx context.Context, run *plan.Run) error {
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	err := run.Cloud.CreateDBSubnetGroup(call, plan.NewDBSubnetGroup(a))
	if err != nil {
		return err
	}
	return run.Record(ctx, world.JournalEntry{Kind: world.KindDBSubnetGroup, Object: a.Name, Created: true, Done: true})
}

// Shell implements [plan.Action].
func (a CreateSubnetGroup) Shell() []string {
	return []string{shell.Command("aws rds create-db-subnet-group --db-subnet-group-name %s --db-subnet-group-description %s --subnet-ids %s --tags %s",
		a.Name, a.Description, a.SubnetIDs, shell.TagWords(a.Tags))}
}

// CreateDatabaseInstance makes an RDS for PostgreSQL instance and waits until
// it is available. Its password must be in the cluster's Secret already, so
// that a run that is killed does not lose it.
type CreateDatabaseInstance struct {
	Identifier, Name, Username, Class, EngineVersion string
	StorageGiB, Port                                 int
	SubnetGroup                                      string
	Group                                            intent.Ref
	Public                                           bool
	Tags                                             map[string]string
	Secret                                           plan.SecretRef
}

// Apply implements [plan.Action].
func (a CreateDatabaseInstance) Apply(ctx context.Context, run *plan.Run) error {
	group, err := run.Resolve(a.Group)
	if err != nil {
		return err
	}
	password, err := a.Secret.Password(ctx, run)
	if err != nil {
		return err
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	err = run.Cloud.CreateDatabase(call, plan.NewDatabase{
		Identifier: a.Identifier, Name: a.Name, Username: a.Username, Class: a.Class, EngineVersion: a.EngineVersion,
		StorageGiB: a.StorageGiB, Port: a.Port, SubnetGroup: a.SubnetGroup, GroupIDs: []string{group}, Public: a.Public, Tags: a.Tags,
	}, password)
	if err != nil {
		return err
	}
	if err := run.Record(ctx, world.JournalEntry{Kind: world.KindDBInstance, Object: a.Identifier, Created: true, Done: true}); err != nil {
		return err
	}
	return AwaitDatabase{Identifier: a.Identifier}.Apply(ctx, run)
}

// Shell implements [plan.Action].
func (a CreateDatabaseInstance) Shell() []string {
	public := shell.Words("--no-publicly-accessible")
	if a.Public {
		public = "--publicly-accessible"
	}
	version := shell.Words("")
	if a.EngineVersion != "" {
		version = shell.Words(shell.Command(" --engine-version %s", a.EngineVersion))
	}
	return []string{
		// The CLI reads the password from standard input, so that it is not on a
		// command line.
		shell.Command(`printf %%s "$RDS_PASSWORD" | aws rds create-db-instance --master-user-password file:///dev/stdin --db-instance-identifier %s --db-name %s --engine %s%s --db-instance-class %s --allocated-storage %d --storage-type gp3 --port %d --master-username %s --db-subnet-group-name %s --vpc-security-group-ids %s %s --backup-retention-period 0 --storage-encrypted --tags %s`,
			a.Identifier, a.Name, intent.PostgreSQL().RDS, version, a.Class, a.StorageGiB, a.Port, a.Username,
			a.SubnetGroup, shell.DoubleQuote(a.Group.Shell()), public, shell.TagWords(a.Tags)),
		shell.Command("aws rds wait db-instance-available --db-instance-identifier %s", a.Identifier),
	}
}

// AwaitDatabase waits until a database is available.
type AwaitDatabase struct{ Identifier string }

// Apply implements [plan.Action].
func (a AwaitDatabase) Apply(ctx context.Context, run *plan.Run) error {
	d, err := run.Cloud.WaitDatabase(ctx, a.Identifier, run.Progress)
	if err != nil {
		return err
	}
	run.SetOutput(outputDBHost, d.Address)
	return nil
}

// Shell implements [plan.Action].
func (a AwaitDatabase) Shell() []string {
	return []string{shell.Command("aws rds wait db-instance-available --db-instance-identifier %s", a.Identifier)}
}

// ResetDatabasePassword gives podsg's own database the password that is in the
// Secret: the way on after the Secret was lost.
type ResetDatabasePassword struct {
	Identifier string
	Secret     plan.SecretRef
	Wait       bool // it is not available yet: RDS changes nothing until it is
}

// Apply implements [plan.Action].
func (a ResetDatabasePassword) Apply(ctx context.Context, run *plan.Run) error {
	password, err := a.Secret.Password(ctx, run)
	if err != nil {
		return err
	}
	if a.Wait {
		if err := (AwaitDatabase{Identifier: a.Identifier}).Apply(ctx, run); err != nil {
			return err
		}
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if err := run.Cloud.SetDatabasePassword(call, a.Identifier, password); err != nil {
		return err
	}
	return AwaitDatabase{Identifier: a.Identifier}.Apply(ctx, run)
}

// Shell implements [plan.Action].
func (a ResetDatabasePassword) Shell() []string {
	var first []string
	if a.Wait {
		first = AwaitDatabase{Identifier: a.Identifier}.Shell()
	}
	return append(first,
		shell.Command(`printf %%s "$RDS_PASSWORD" | aws rds modify-db-instance --master-user-password file:///dev/stdin --db-instance-identifier %s --apply-immediately`, a.Identifier),
		shell.Command("aws rds wait db-instance-available --db-instance-identifier %s", a.Identifier))
}
