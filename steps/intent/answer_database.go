package intent

import (
	"cmp"
	"fmt"

	"podsg/steps/world"
)

// databaseAnswers choose the database, or describe the one to make.
func databaseAnswers() []Answer {
	return []Answer{
		{
			Key: "database.existing.identifier", Flag: "database", Placeholder: "IDENTIFIER", Usage: "use this RDS instance", Page: "database",
			Keys: []AnswerKey{{"database.existing.identifier", "text, an RDS instance", "must be there if `existing` is", ""}},
			set: func(in *Intent, value string) error {
				if in.Database.Existing == nil {
					in.Database.Existing = &ExistingDatabase{}
				}
				in.Database.Existing.Identifier, in.Database.Create = value, nil
				return nil
			},
			get: func(in Intent) string { return existing(in).Identifier },
			check: func(c *checker, in Intent) {
				d := in.Database
				c.exclusive("database", "create", d.Create != nil, "existing", d.Existing != nil)
				if d.Existing == nil {
					return
				}
				if d.Existing.Identifier == "" {
					c.refuse("database.existing.identifier", "is missing: name the RDS instance")
				}
				c.pattern("database.existing.identifier", d.Existing.Identifier, dbIdentifier)
			},
		},
		{
			Key: "database.create.identifier", Flag: "create-database", Placeholder: "IDENTIFIER", Alone: DefaultDBIdentifier, Usage: "make a new RDS instance",
			Page: "database-settings",
			Keys: []AnswerKey{{"database.create.identifier", "text", quoted(DefaultDBIdentifier), ""}},
			set: func(in *Intent, value string) error {
				if in.Database.Create == nil {
					in.Database.Create = &CreateDatabase{}
				}
				in.Database.Create.Identifier, in.Database.Existing = value, nil
				return nil
			},
			get: func(in Intent) string {
				if in.Database.Create == nil {
					return ""
				}
				return cmp.Or(in.Database.Create.Identifier, DefaultDBIdentifier)
			},
			check: func(c *checker, in Intent) {
				c.pattern("database.create.identifier", created(in).Identifier, dbIdentifier)
			},
		},
		{
			Key: "database.name", Flag: "db-name", Placeholder: "NAME", Page: "database-settings",
			Usage: "database; default: " + DefaultDBName + ", or that of the existing instance",
			Keys: []AnswerKey{
				{"database.create.name", "text, name of the database", quoted(DefaultDBName), ""},
				{"database.existing.database", "text", "discovered: the instance's first database, else " + quoted(PostgreSQL().Database), ""},
			},
			set: setEither(func(d *CreateDatabase) *string { return &d.Name }, func(d *ExistingDatabase) *string { return &d.Database }),
			get: func(in Intent) string { return created(in).Name + existing(in).Database },
			check: func(c *checker, in Intent) {
				c.newName("database.create.name", created(in).Name, dbName)
				c.pattern("database.existing.database", existing(in).Database, dbAnyName)
			},
		},
		{
			Key: "database.username", Flag: "db-user", Placeholder: "NAME", Page: "database-settings",
			Usage: "database user; default: " + DefaultDBUser + ", or that of the existing instance",
			Keys: []AnswerKey{
				{"database.create.username", "text, the master user, 16 characters at most", quoted(DefaultDBUser), ""},
				{"database.existing.username", "text", "discovered: the instance's master user", ""},
			},
			set: setEither(func(d *CreateDatabase) *string { return &d.Username }, func(d *ExistingDatabase) *string { return &d.Username }),
			get: func(in Intent) string { return created(in).Username + existing(in).Username },
			check: func(c *checker, in Intent) {
				c.newName("database.create.username", created(in).Username, dbMasterUser)
				c.pattern("database.existing.username", existing(in).Username, dbAnyName)
			},
		},
		{
			Key: "database.existing.passwordFrom", Flag: "db-password-from", Placeholder: "SOURCE", Page: "database-settings",
			Usage:      "where the password of an existing database is kept: env:NAME, file:PATH, secretsmanager:NAME-OR-ARN or secret:NAMESPACE/NAME",
			Beginnings: []string{"env:", "file:", "secretsmanager:", "secret:"},
			Keys: []AnswerKey{{"database.existing.passwordFrom", "see below",
				"discovered: the secret that RDS itself keeps in Secrets Manager, or the connection Secret of an earlier run; else a question", ""}},
			set: func(in *Intent, value string) error {
				if in.Database.Existing == nil {
					return world.Usage("podsg makes the password of a new database itself", "a password source needs an existing database: --database IDENTIFIER")
				}
				in.Database.Existing.PasswordFrom = value
				return nil
			},
			get: func(in Intent) string { return existing(in).PasswordFrom },
			check: func(c *checker, in Intent) {
				c.passwordSource("database.existing.passwordFrom", existing(in).PasswordFrom)
			},
		},
		{
			Key: "database.create.class", Flag: "db-class", Placeholder: "CLASS", Page: "database-settings",
			Usage: "instance class of a new database; default: " + DefaultDBClass + " where it is offered",
			Keys:  []AnswerKey{{"database.create.class", "`db.…`", quoted(DefaultDBClass) + ", or the smallest that the region offers", ""}},
			set:   setNew(func(d *CreateDatabase) *string { return &d.Class }),
			get:   func(in Intent) string { return created(in).Class },
			check: func(c *checker, in Intent) {
				c.pattern("database.create.class", created(in).Class, dbClass)
			},
		},
		{
			Key: "database.create.engineVersion", Flag: "db-engine-version", Placeholder: "VERSION", Page: "database-settings",
			Usage: "PostgreSQL version of a new database; default: the region's",
			Keys:  []AnswerKey{{"database.create.engineVersion", "`17` or `17.4`", "discovered: the region's default of RDS for PostgreSQL", ""}},
			set:   setNew(func(d *CreateDatabase) *string { return &d.EngineVersion }),
			get:   func(in Intent) string { return created(in).EngineVersion },
			check: func(c *checker, in Intent) {
				c.pattern("database.create.engineVersion", created(in).EngineVersion, dbVersion)
			},
		},
		{
			Key: "database.create.storageGiB", Flag: "db-storage", Placeholder: "GIB", Page: "database-settings",
			Usage: fmt.Sprintf("storage of a new database in GiB; default: %d", DefaultDBStorageGiB),
			Keys: []AnswerKey{{"database.create.storageGiB", fmt.Sprintf("number, %d to %d", DefaultDBStorageGiB, maxStorageGiB),
				quotedNumber(DefaultDBStorageGiB), ""}},
			set: func(in *Intent, value string) error {
				d, err := wantedNew(in)
				if err == nil {
					d.StorageGiB, err = number(value)
				}
				return err
			},
			get: func(in Intent) string { return numberText(created(in).StorageGiB) },
			check: func(c *checker, in Intent) {
				if n := created(in).StorageGiB; n != 0 && (n < DefaultDBStorageGiB || n > maxStorageGiB) {
					c.refuse("database.create.storageGiB", "%d is impossible; allowed: %d to %d", n, DefaultDBStorageGiB, maxStorageGiB)
				}
			},
		},
		{
			Key: "database.create.subnets", Flag: "db-subnets", Values: []string{"private", "public"}, Page: "database-settings",
			Usage: "subnets of a new database; default: private",
			Keys:  []AnswerKey{{"database.create.subnets", "", "`private`: one subnet per zone, those of the cluster first", ""}},
			set:   setNew(func(d *CreateDatabase) *string { return &d.Subnets }),
			get:   func(in Intent) string { return created(in).Subnets },
		},
		{
			Key: "database.port", Flag: "db-port", Placeholder: "PORT", Page: "rules",
			Usage: fmt.Sprintf("port of a new database; default: %d", PostgreSQL().Port),
			Keys:  []AnswerKey{{"database.port", "number", "a new one: " + quotedNumber(PostgreSQL().Port) + "; an existing one: discovered", ""}},
			set:   func(in *Intent, value string) (err error) { in.Database.Port, err = number(value); return err },
			get:   func(in Intent) string { return numberText(in.Database.Port) },
			check: func(c *checker, in Intent) { c.port("database.port", in.Database) },
		},
		{
			Key: "database.securityGroup", Flag: "db-security-group", Placeholder: "NAME|ID", Page: "database-settings",
			Usage: "security group of the database, to be made or by id; default: " + DefaultDBGroupName + ", or that of the existing instance",
			Keys: []AnswerKey{
				{"database.securityGroup.name", "text", "a new one: " + quoted(DefaultDBGroupName) + "; an existing one: discovered, its own group", ""},
				{"database.securityGroup.id", "`sg-…`", "as above; a question if the database carries several", "the same flag"},
			},
			set: func(in *Intent, value string) error { in.Database.SecurityGroup = groupOf(value); return nil },
			get: func(in Intent) string { return groupText(in.Database.SecurityGroup) },
			check: func(c *checker, in Intent) {
				c.group("database.securityGroup", in.Database.SecurityGroup)
			},
		},
		{
			Key: "database.tlsMode", Flag: "db-tls", Values: PostgreSQL().TLSModes, Page: "database-settings",
			Usage: "how the database's certificate is checked; default: " + TLSVerifyFull,
			Keys:  []AnswerKey{{"database.tlsMode", "", quoted(TLSVerifyFull) + ": encrypted, and the certificate is checked", ""}},
			set:   setText(func(in *Intent) *string { return &in.Database.TLSMode }),
			get:   func(in Intent) string { return in.Database.TLSMode },
		},
		{
			Key: "database.caFile", Flag: "rds-ca", Option: true, Page: "database-settings",
			Keys: []AnswerKey{{"database.caFile", "path of a PEM file", "the RDS authorities that podsg carries", ""}},
			set:  setText(func(in *Intent) *string { return &in.Database.CAFile }),
			get:  func(in Intent) string { return in.Database.CAFile },
		},
		{
			Key: "database.seed", Flag: "seed", Placeholder: switchPlaceholder, Alone: "true", Values: switchValues, Page: "proof",
			Usage: "make the welcome table; default: yes in a new database",
			Keys:  []AnswerKey{{"database.seed", "true or false", "`true` for podsg's own database, `false` for yours: nothing is written into it", ""}},
			set:   setTruth(func(in *Intent) **bool { return &in.Database.Seed }),
			get:   func(in Intent) string { return truthText(in.Database.Seed) },
		},
	}
}
