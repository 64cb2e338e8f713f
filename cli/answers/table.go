package answers

import (
	"cmp"
	"fmt"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// answerFlag is a flag that answers one key of an intent.
type answerFlag struct {
	name, short string
	placeholder string // of the value, in the help
	usage       string
	key         string // answers key
	optional    string // the value that the flag without one stands for; empty: it needs one
	set         func(in *intent.Intent, text string) error
	// get writes the answer back for a command line; empty: not answered.
	get func(in intent.Intent) string
}

// answerFlags are the flags for the keys of the answers file, in its order. Where
// two flags fill in the same part, the one that chooses the part comes first.
func answerFlags() []answerFlag {
	return []answerFlag{
		{name: "cluster", placeholder: "NAME", usage: "EKS cluster", key: "cluster",
			set: text(func(in *intent.Intent) *string { return &in.Cluster }),
			get: func(in intent.Intent) string { return in.Cluster }},
		{name: "region", placeholder: "REGION", usage: "AWS region; default: as the AWS CLI finds it", key: "region",
			set: text(func(in *intent.Intent) *string { return &in.Region }),
			get: func(in intent.Intent) string { return in.Region }},
		{name: "namespace", short: "n", placeholder: "NAME", usage: "namespace of the pods; default: " + intent.DefaultNamespace + ", or to only look, where most policies are", key: "namespace",
			set: text(func(in *intent.Intent) *string { return &in.Namespace }),
			get: func(in intent.Intent) string { return in.Namespace }},
		{name: "policy", placeholder: "NAME", usage: "SecurityGroupPolicy; default: " + intent.DefaultPolicyName, key: "policy.name",
			set: text(func(in *intent.Intent) *string { return &in.Policy.Name }),
			get: func(in intent.Intent) string { return in.Policy.Name }},
		{name: "pod-selector", placeholder: "SELECTOR", usage: `labels of the pods, as kubectl writes them; default: app=` + intent.GreenLabel, key: "policy.podSelector",
			set: selector(func(in *intent.Intent) **world.Selector { return &in.Policy.PodSelector }),
			get: func(in intent.Intent) string { return intent.FormatSelector(in.Policy.PodSelector) }},
		{name: "service-account-selector", placeholder: "SELECTOR", usage: "labels of the pods' service accounts", key: "policy.serviceAccountSelector",
			set: selector(func(in *intent.Intent) **world.Selector { return &in.Policy.ServiceAccountSelector }),
			get: func(in intent.Intent) string { return intent.FormatSelector(in.Policy.ServiceAccountSelector) }},
		{name: "allow-empty-selector", placeholder: "bool", optional: "true", usage: "yes, select every pod of the namespace", key: "policy.allowEmptySelector",
			set: func(in *intent.Intent, value string) (err error) {
				in.Policy.AllowEmptySelector, err = truth(value)
				return err
			},
			get: func(in intent.Intent) string {
				if !in.Policy.AllowEmptySelector {
					return ""
				}
				return "true"
			}},
		{name: "pod-security-group", placeholder: "NAME|ID", usage: "security group of the pods, to be made or by id; default: " + intent.DefaultPodGroupName, key: "podSecurityGroup",
			set: func(in *intent.Intent, value string) error { in.PodSecurityGroup = group(value); return nil },
			get: func(in intent.Intent) string { return groupText(in.PodSecurityGroup) }},
		{name: "node-security-group", placeholder: "ID|TAG", usage: "security group of the nodes, by id or by the value of its Name tag; default: discovered", key: "nodeSecurityGroup",
			set: func(in *intent.Intent, value string) error {
				in.NodeSecurityGroup = intent.NodeGroupIntent{Tag: value}
				if strings.HasPrefix(value, groupPrefix) {
					in.NodeSecurityGroup = intent.NodeGroupIntent{ID: value}
				}
				return nil
			},
			get: func(in intent.Intent) string { return in.NodeSecurityGroup.ID + in.NodeSecurityGroup.Tag }},
		{name: "database", placeholder: "IDENTIFIER", usage: "use this RDS instance", key: "database.existing.identifier",
			set: func(in *intent.Intent, value string) error {
				if in.Database.Existing == nil {
					in.Database.Existing = &intent.ExistingDatabase{}
				}
				in.Database.Existing.Identifier, in.Database.Create = value, nil
				return nil
			},
			get: func(in intent.Intent) string { return existing(in).Identifier }},
		{name: "create-database", placeholder: "IDENTIFIER", optional: intent.DefaultDBIdentifier, usage: "make a new RDS instance", key: "database.create.identifier",
			set: func(in *intent.Intent, value string) error {
				if in.Database.Create == nil {
					in.Database.Create = &intent.CreateDatabase{}
				}
				in.Database.Create.Identifier, in.Database.Existing = value, nil
				return nil
			},
			get: func(in intent.Intent) string {
				if in.Database.Create == nil {
					return ""
				}
				return cmp.Or(in.Database.Create.Identifier, intent.DefaultDBIdentifier)
			}},
		{name: "db-name", placeholder: "NAME", usage: "database; default: " + intent.DefaultDBName + ", or that of the existing instance", key: "database.name",
			set: either(func(d *intent.CreateDatabase) *string { return &d.Name }, func(d *intent.ExistingDatabase) *string { return &d.Database }),
			get: func(in intent.Intent) string { return created(in).Name + existing(in).Database }},
		{name: "db-user", placeholder: "NAME", usage: "database user; default: " + intent.DefaultDBUser + ", or that of the existing instance", key: "database.username",
			set: either(func(d *intent.CreateDatabase) *string { return &d.Username }, func(d *intent.ExistingDatabase) *string { return &d.Username }),
			get: func(in intent.Intent) string { return created(in).Username + existing(in).Username }},
		{name: "db-password-from", placeholder: "SOURCE", usage: "where the password of an existing database is kept: env:NAME, file:PATH, secretsmanager:NAME-OR-ARN or secret:NAMESPACE/NAME", key: "database.existing.passwordFrom",
			set: func(in *intent.Intent, value string) error {
				if in.Database.Existing == nil {
					return world.Usage("podsg makes the password of a new database itself", "a password source needs an existing database: --database IDENTIFIER")
				}
				in.Database.Existing.PasswordFrom = value
				return nil
			},
			get: func(in intent.Intent) string { return existing(in).PasswordFrom }},
		{name: "db-class", placeholder: "CLASS", usage: "instance class of a new database; default: " + intent.DefaultDBClass + " where it is offered", key: "database.create.class",
			set: newDatabase(func(d *intent.CreateDatabase) *string { return &d.Class }),
			get: func(in intent.Intent) string { return created(in).Class }},
		{name: "db-engine-version", placeholder: "VERSION", usage: "PostgreSQL version of a new database; default: the region's", key: "database.create.engineVersion",
			set: newDatabase(func(d *intent.CreateDatabase) *string { return &d.EngineVersion }),
			get: func(in intent.Intent) string { return created(in).EngineVersion }},
		{name: "db-storage", placeholder: "GIB", usage: fmt.Sprintf("storage of a new database in GiB; default: %d", intent.DefaultDBStorageGiB), key: "database.create.storageGiB",
			set: func(in *intent.Intent, value string) error {
				d, err := wanted(in)
				if err == nil {
					d.StorageGiB, err = number(value)
				}
				return err
			},
			get: func(in intent.Intent) string { return numberText(created(in).StorageGiB) }},
		{name: "db-subnets", placeholder: "private|public", usage: "subnets of a new database; default: private", key: "database.create.subnets",
			set: newDatabase(func(d *intent.CreateDatabase) *string { return &d.Subnets }),
			get: func(in intent.Intent) string { return created(in).Subnets }},
		{name: "db-port", placeholder: "PORT", usage: fmt.Sprintf("port of a new database; default: %d", intent.DefaultDBPort), key: "database.port",
			set: func(in *intent.Intent, value string) (err error) { in.Database.Port, err = number(value); return err },
			get: func(in intent.Intent) string { return numberText(in.Database.Port) }},
		{name: "db-security-group", placeholder: "NAME|ID", usage: "security group of the database, to be made or by id; default: " + intent.DefaultDBGroupName + ", or that of the existing instance", key: "database.securityGroup",
			set: func(in *intent.Intent, value string) error { in.Database.SecurityGroup = group(value); return nil },
			get: func(in intent.Intent) string { return groupText(in.Database.SecurityGroup) }},
		{name: "db-tls", placeholder: "verify-full|require", usage: "how the database's certificate is checked; default: verify-full", key: "database.tlsMode",
			set: text(func(in *intent.Intent) *string { return &in.Database.TLSMode }),
			get: func(in intent.Intent) string { return in.Database.TLSMode }},
		{name: "seed", placeholder: "bool", optional: "true", usage: "make the welcome table; default: yes in a new database", key: "database.seed",
			set: flagged(func(in *intent.Intent) **bool { return &in.Database.Seed }),
			get: func(in intent.Intent) string { return truthText(in.Database.Seed) }},
		{name: "enforcing-mode", placeholder: "standard|strict", usage: "enforcing mode of the VPC CNI; default: standard", key: "cni.enforcingMode",
			set: text(func(in *intent.Intent) *string { return &in.CNI.EnforcingMode }),
			get: func(in intent.Intent) string { return in.CNI.EnforcingMode }},
		{name: "disable-tcp-early-demux", placeholder: "auto|true|false", usage: "DISABLE_TCP_EARLY_DEMUX of the VPC CNI; default: auto", key: "cni.disableTCPEarlyDemux",
			set: text(func(in *intent.Intent) *string { return &in.CNI.DisableTCPEarlyDemux }),
			get: func(in intent.Intent) string { return in.CNI.DisableTCPEarlyDemux }},
		{name: "secret", placeholder: "NAME", usage: "Secret with the connection; default: " + intent.DefaultSecretName, key: "secret.name",
			set: text(func(in *intent.Intent) *string { return &in.Secret.Name }),
			get: func(in intent.Intent) string { return in.Secret.Name }},
		{name: "verify", placeholder: "bool", optional: "true", usage: "prove the result with a green and a red pod; default: yes", key: "verify",
			set: flagged(func(in *intent.Intent) **bool { return &in.Verify }),
			get: func(in intent.Intent) string { return truthText(in.Verify) }},
	}
}
