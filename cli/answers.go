package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps"
)

// answerFlag is a flag that answers one key of an intent.
type answerFlag struct {
	name, short string
	placeholder string // of the value, in the help
	usage       string
	key         string // answers key
	optional    string // the value that the flag without one stands for; empty: it needs one
	set         func(in *steps.Intent, text string) error
	// get writes the answer back for a command line; empty: not answered.
	get func(in steps.Intent) string
}

// answerFlags are the flags for the keys of the answers file, in its order. Where
// two flags fill in the same part, the one that chooses the part comes first.
func answerFlags() []answerFlag {
	return []answerFlag{
		{name: "cluster", placeholder: "NAME", usage: "EKS cluster", key: "cluster",
			set: text(func(in *steps.Intent) *string { return &in.Cluster }),
			get: func(in steps.Intent) string { return in.Cluster }},
		{name: "region", placeholder: "REGION", usage: "AWS region; default: as the AWS CLI finds it", key: "region",
			set: text(func(in *steps.Intent) *string { return &in.Region }),
			get: func(in steps.Intent) string { return in.Region }},
		{name: "namespace", short: "n", placeholder: "NAME", usage: "namespace of the pods; default: " + steps.DefaultNamespace, key: "namespace",
			set: text(func(in *steps.Intent) *string { return &in.Namespace }),
			get: func(in steps.Intent) string { return in.Namespace }},
		{name: "policy", placeholder: "NAME", usage: "SecurityGroupPolicy; default: " + steps.DefaultPolicyName, key: "policy.name",
			set: text(func(in *steps.Intent) *string { return &in.Policy.Name }),
			get: func(in steps.Intent) string { return in.Policy.Name }},
		{name: "pod-selector", placeholder: "SELECTOR", usage: `labels of the pods, as kubectl writes them; default: app=` + steps.GreenLabel, key: "policy.podSelector",
			set: selector(func(in *steps.Intent) **steps.Selector { return &in.Policy.PodSelector }),
			get: func(in steps.Intent) string { return selectorText(in.Policy.PodSelector) }},
		{name: "service-account-selector", placeholder: "SELECTOR", usage: "labels of the pods' service accounts", key: "policy.serviceAccountSelector",
			set: selector(func(in *steps.Intent) **steps.Selector { return &in.Policy.ServiceAccountSelector }),
			get: func(in steps.Intent) string { return selectorText(in.Policy.ServiceAccountSelector) }},
		{name: "allow-empty-selector", placeholder: "bool", optional: "true", usage: "yes, select every pod of the namespace", key: "policy.allowEmptySelector",
			set: func(in *steps.Intent, value string) (err error) {
				in.Policy.AllowEmptySelector, err = truth(value)
				return err
			},
			get: func(in steps.Intent) string { return map[bool]string{true: "true"}[in.Policy.AllowEmptySelector] }},
		{name: "pod-security-group", placeholder: "NAME|ID", usage: "security group of the pods, to be made or by id; default: " + steps.DefaultPodGroupName, key: "podSecurityGroup",
			set: func(in *steps.Intent, value string) error { in.PodSecurityGroup = group(value); return nil },
			get: func(in steps.Intent) string { return groupText(in.PodSecurityGroup) }},
		{name: "node-security-group", placeholder: "ID|TAG", usage: "security group of the nodes, by id or by the value of its Name tag; default: discovered", key: "nodeSecurityGroup",
			set: func(in *steps.Intent, value string) error {
				in.NodeSecurityGroup = steps.NodeGroupIntent{Tag: value}
				if strings.HasPrefix(value, groupPrefix) {
					in.NodeSecurityGroup = steps.NodeGroupIntent{ID: value}
				}
				return nil
			},
			get: func(in steps.Intent) string { return in.NodeSecurityGroup.ID + in.NodeSecurityGroup.Tag }},
		{name: "database", placeholder: "IDENTIFIER", usage: "use this RDS instance", key: "database.existing.identifier",
			set: func(in *steps.Intent, value string) error {
				if in.Database.Existing == nil {
					in.Database.Existing = &steps.ExistingDatabase{}
				}
				in.Database.Existing.Identifier, in.Database.Create = value, nil
				return nil
			},
			get: func(in steps.Intent) string { return existing(in).Identifier }},
		{name: "create-database", placeholder: "IDENTIFIER", optional: steps.DefaultDBIdentifier, usage: "make a new RDS instance", key: "database.create.identifier",
			set: func(in *steps.Intent, value string) error {
				if in.Database.Create == nil {
					in.Database.Create = &steps.CreateDatabase{}
				}
				in.Database.Create.Identifier, in.Database.Existing = value, nil
				return nil
			},
			get: func(in steps.Intent) string {
				if in.Database.Create == nil {
					return ""
				}
				return orDefault(in.Database.Create.Identifier, steps.DefaultDBIdentifier)
			}},
		{name: "db-name", placeholder: "NAME", usage: "database; default: " + steps.DefaultDBName + ", or that of the existing instance", key: "database.name",
			set: either(func(d *steps.CreateDatabase) *string { return &d.Name }, func(d *steps.ExistingDatabase) *string { return &d.Database }),
			get: func(in steps.Intent) string { return created(in).Name + existing(in).Database }},
		{name: "db-user", placeholder: "NAME", usage: "database user; default: " + steps.DefaultDBUser + ", or that of the existing instance", key: "database.username",
			set: either(func(d *steps.CreateDatabase) *string { return &d.Username }, func(d *steps.ExistingDatabase) *string { return &d.Username }),
			get: func(in steps.Intent) string { return created(in).Username + existing(in).Username }},
		{name: "db-password-from", placeholder: "SOURCE", usage: "where the password of an existing database is kept: env:NAME, file:PATH, secretsmanager:ARN or secret:NAMESPACE/NAME", key: "database.existing.passwordFrom",
			set: func(in *steps.Intent, value string) error {
				if in.Database.Existing == nil {
					return steps.Usage("podsg makes the password of a new database itself", "a password source needs an existing database: --database IDENTIFIER")
				}
				in.Database.Existing.PasswordFrom = value
				return nil
			},
			get: func(in steps.Intent) string { return existing(in).PasswordFrom }},
		{name: "db-class", placeholder: "CLASS", usage: "instance class of a new database; default: " + steps.DefaultDBClass + " where it is offered", key: "database.create.class",
			set: newDatabase(func(d *steps.CreateDatabase) *string { return &d.Class }),
			get: func(in steps.Intent) string { return created(in).Class }},
		{name: "db-engine-version", placeholder: "VERSION", usage: "PostgreSQL version of a new database; default: the region's", key: "database.create.engineVersion",
			set: newDatabase(func(d *steps.CreateDatabase) *string { return &d.EngineVersion }),
			get: func(in steps.Intent) string { return created(in).EngineVersion }},
		{name: "db-storage", placeholder: "GIB", usage: fmt.Sprintf("storage of a new database in GiB; default: %d", steps.DefaultDBStorageGiB), key: "database.create.storageGiB",
			set: func(in *steps.Intent, value string) error {
				d, err := wanted(in)
				if err == nil {
					d.StorageGiB, err = number(value)
				}
				return err
			},
			get: func(in steps.Intent) string { return numberText(created(in).StorageGiB) }},
		{name: "db-subnets", placeholder: "private|public", usage: "subnets of a new database; default: private", key: "database.create.subnets",
			set: newDatabase(func(d *steps.CreateDatabase) *string { return &d.Subnets }),
			get: func(in steps.Intent) string { return created(in).Subnets }},
		{name: "db-port", placeholder: "PORT", usage: fmt.Sprintf("port of a new database; default: %d", steps.DefaultDBPort), key: "database.port",
			set: func(in *steps.Intent, value string) (err error) { in.Database.Port, err = number(value); return err },
			get: func(in steps.Intent) string { return numberText(in.Database.Port) }},
		{name: "db-security-group", placeholder: "NAME|ID", usage: "security group of the database, to be made or by id; default: " + steps.DefaultDBGroupName + ", or that of the existing instance", key: "database.securityGroup",
			set: func(in *steps.Intent, value string) error { in.Database.SecurityGroup = group(value); return nil },
			get: func(in steps.Intent) string { return groupText(in.Database.SecurityGroup) }},
		{name: "db-tls", placeholder: "verify-full|require", usage: "how the database's certificate is checked; default: verify-full", key: "database.tlsMode",
			set: text(func(in *steps.Intent) *string { return &in.Database.TLSMode }),
			get: func(in steps.Intent) string { return in.Database.TLSMode }},
		{name: "seed", placeholder: "bool", optional: "true", usage: "make the welcome table; default: yes in a new database", key: "database.seed",
			set: flagged(func(in *steps.Intent) **bool { return &in.Database.Seed }),
			get: func(in steps.Intent) string { return truthText(in.Database.Seed) }},
		{name: "enforcing-mode", placeholder: "standard|strict", usage: "enforcing mode of the VPC CNI; default: standard", key: "cni.enforcingMode",
			set: text(func(in *steps.Intent) *string { return &in.CNI.EnforcingMode }),
			get: func(in steps.Intent) string { return in.CNI.EnforcingMode }},
		{name: "disable-tcp-early-demux", placeholder: "auto|true|false", usage: "DISABLE_TCP_EARLY_DEMUX of the VPC CNI; default: auto", key: "cni.disableTCPEarlyDemux",
			set: text(func(in *steps.Intent) *string { return &in.CNI.DisableTCPEarlyDemux }),
			get: func(in steps.Intent) string { return in.CNI.DisableTCPEarlyDemux }},
		{name: "secret", placeholder: "NAME", usage: "Secret with the connection; default: " + steps.DefaultSecretName, key: "secret.name",
			set: text(func(in *steps.Intent) *string { return &in.Secret.Name }),
			get: func(in steps.Intent) string { return in.Secret.Name }},
		{name: "verify", placeholder: "bool", optional: "true", usage: "prove the result with a green and a red pod; default: yes", key: "verify",
			set: flagged(func(in *steps.Intent) **bool { return &in.Verify }),
			get: func(in steps.Intent) string { return truthText(in.Verify) }},
	}
}

// addAnswerFlags adds some answer flags, or with no names all of them.
func addAnswerFlags(flags *pflag.FlagSet, names ...string) {
	for _, f := range answerFlags() {
		if len(names) > 0 && !slices.Contains(names, f.name) {
			continue
		}
		added := flags.VarPF(&textFlag{placeholder: f.placeholder}, f.name, f.short, f.usage)
		added.NoOptDefVal = f.optional
	}
}

// textFlag is a flag whose text is understood later, when all flags are known.
type textFlag struct{ value, placeholder string }

func (f *textFlag) String() string         { return f.value }
func (f *textFlag) Set(value string) error { f.value = value; return nil }
func (f *textFlag) Type() string           { return f.placeholder }

// readIntent joins the answers of the answers file, the environment and the
// flags: a flag wins over a variable, and that over the file. sources says by
// answers key where each came from.
func (a *app) readIntent(flags *pflag.FlagSet, fromEnvironment map[string]bool, answersFile string) (in steps.Intent, sources map[string]string, err error) {
	sources = map[string]string{}
	if answersFile != "" {
		if in, err = a.readAnswers(answersFile); err != nil {
			return in, nil, err
		}
		for _, f := range answerFlags() {
			if f.get(in) != "" {
				sources[f.key] = answersFile
			}
		}
	}
	if given(flags, "database") && given(flags, "create-database") {
		return in, nil, steps.Usage("leave one of them out", "--database and --create-database exclude each other")
	}
	for _, f := range answerFlags() {
		if !given(flags, f.name) {
			continue
		}
		origin := "--" + f.name
		if fromEnvironment[f.name] {
			origin = variableOf(f.name)
		}
		if err := f.set(&in, flags.Lookup(f.name).Value.String()); err != nil {
			return in, nil, usageOf(fmt.Errorf("%s: %w", origin, err))
		}
		sources[f.key] = origin
	}
	return in, sources, in.Validate()
}

func (a *app) readAnswers(file string) (steps.Intent, error) {
	var data []byte
	var err error
	if file == "-" {
		data, err = io.ReadAll(a.Stdin)
	} else {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return steps.Intent{}, &steps.Problem{Kind: steps.ProblemUsage, Doing: "read answers file", Object: file, Err: err}
	}
	return steps.ParseAnswers(file, data)
}

// intentFlags writes an intent as flags of a command line.
func intentFlags(in steps.Intent) []string {
	var out []string
	for _, f := range answerFlags() {
		value := f.get(in)
		switch {
		case value == "" || f.name == "create-database" && in.Database.Existing != nil:
		case value == f.optional:
			out = append(out, "--"+f.name)
		case f.optional != "":
			out = append(out, "--"+f.name+"="+value)
		default:
			out = append(out, "--"+f.name, value)
		}
	}
	return out
}

func given(flags *pflag.FlagSet, name string) bool {
	f := flags.Lookup(name)
	return f != nil && f.Changed
}

const groupPrefix = "sg-"

// group is a security group by the id or the name that a flag gives.
func group(value string) steps.GroupIntent {
	if strings.HasPrefix(value, groupPrefix) {
		return steps.GroupIntent{ID: value}
	}
	return steps.GroupIntent{Name: value}
}

func groupText(g steps.GroupIntent) string { return g.ID + g.Name }

// text sets a plain text.
func text(field func(*steps.Intent) *string) func(*steps.Intent, string) error {
	return func(in *steps.Intent, value string) error {
		*field(in) = value
		return nil
	}
}

// wanted is the new database that the flags describe.
func wanted(in *steps.Intent) (*steps.CreateDatabase, error) {
	if in.Database.Existing != nil {
		return nil, steps.Usage("leave it out, or make a new database with --create-database", "this is about a new database, but --database chooses one that exists")
	}
	if in.Database.Create == nil {
		in.Database.Create = &steps.CreateDatabase{}
	}
	return in.Database.Create, nil
}

// newDatabase sets a text of the new database.
func newDatabase(field func(*steps.CreateDatabase) *string) func(*steps.Intent, string) error {
	return func(in *steps.Intent, value string) error {
		d, err := wanted(in)
		if err == nil {
			*field(d) = value
		}
		return err
	}
}

// either sets a text of the existing database if one is chosen, else of the new.
func either(create func(*steps.CreateDatabase) *string, exists func(*steps.ExistingDatabase) *string) func(*steps.Intent, string) error {
	return func(in *steps.Intent, value string) error {
		if in.Database.Existing != nil {
			*exists(in.Database.Existing) = value
			return nil
		}
		return newDatabase(create)(in, value)
	}
}

func created(in steps.Intent) steps.CreateDatabase {
	if in.Database.Create == nil {
		return steps.CreateDatabase{}
	}
	return *in.Database.Create
}

func existing(in steps.Intent) steps.ExistingDatabase {
	if in.Database.Existing == nil {
		return steps.ExistingDatabase{}
	}
	return *in.Database.Existing
}

// selector sets a label selector from kubectl's notation.
func selector(field func(*steps.Intent) **steps.Selector) func(*steps.Intent, string) error {
	return func(in *steps.Intent, value string) error {
		parsed, err := metav1.ParseToLabelSelector(value)
		if err != nil {
			return fmt.Errorf("%q is no label selector: %w", value, err)
		}
		s := &steps.Selector{}
		if len(parsed.MatchLabels) > 0 {
			s.MatchLabels = parsed.MatchLabels
		}
		for _, e := range parsed.MatchExpressions {
			s.MatchExpressions = append(s.MatchExpressions, steps.SelectorRequirement{Key: e.Key, Operator: string(e.Operator), Values: e.Values})
		}
		*field(in) = s
		return nil
	}
}

// selectorText is a selector in kubectl's notation.
func selectorText(s *steps.Selector) string {
	if s == nil || s.IsEmpty() {
		return ""
	}
	return s.String()
}

func flagged(field func(*steps.Intent) **bool) func(*steps.Intent, string) error {
	return func(in *steps.Intent, value string) error {
		on, err := truth(value)
		*field(in) = &on
		return err
	}
}

func truth(value string) (bool, error) {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return false, fmt.Errorf("%q is neither true nor false", value)
	}
	return on, nil
}

func truthText(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

// number reads a whole number; zero would mean "not answered", so it is refused.
func number(value string) (int, error) {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no whole number", value)
	case n == 0:
		return 0, fmt.Errorf("0 is impossible; leave the flag out for the default")
	}
	return n, nil
}

func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func orDefault(value, def string) string {
	if value == "" {
		return def
	}
	return value
}
