package database

import (
	"context"
	"encoding/base64"
	"os"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// outputDBHost is the output that holds the database's address.
const outputDBHost = "db-host"

// StoreConnection writes the connection Secret. It is written twice: with a
// new password before the database is made, so that the password survives a
// killed run, and with the host when the database has one.
type StoreConnection struct {
	Secret     plan.SecretRef
	Identifier string // of the RDS instance
	Database   string
	Username   string
	Port       int
	SSLMode    string
	// Host is the database's address when it is known at planning time.
	Host string
	// AwaitHost waits for the address of the database that this run makes.
	AwaitHost bool
	// Generate makes a new password unless the Secret has one.
	Generate bool
	// PasswordFrom names where the password of an existing database is kept.
	PasswordFrom string
}

// Apply implements [plan.Action].
func (a StoreConnection) Apply(ctx context.Context, run *plan.Run) error {
	password, err := a.findPassword(ctx, run)
	if err != nil {
		return err
	}
	host := a.Host
	if a.AwaitHost {
		if host, err = run.Resolve(intent.OutputRef(outputDBHost, "the database's address")); err != nil {
			return err
		}
	}
	data := map[string]any{}
	for key, value := range map[string]string{
		intent.KeyHost: host, intent.KeyPort: shell.PortText(a.Port), intent.KeyDatabase: a.Database, intent.KeyUsername: a.Username,
		intent.KeyPassword: password.Reveal(), intent.KeySSLMode: a.SSLMode,
	} {
		if value != "" {
			data[key] = base64.StdEncoding.EncodeToString([]byte(value))
		}
	}
	m := plan.Object("v1", "Secret", a.Secret.Namespace, a.Secret.Name)
	m["type"] = "Opaque"
	m["data"] = data
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	created, err := run.Kube.Apply(call, m)
	if err != nil {
		return err
	}
	run.SetPassword(password)
	return run.Record(ctx, world.JournalEntry{Change: "secret", Kind: world.KindSecret, Object: a.Secret.Namespace + "/" + a.Secret.Name, Created: created, Done: true})
}

func (a StoreConnection) findPassword(ctx context.Context, run *plan.Run) (world.Password, error) {
	switch {
	case a.PasswordFrom != "":
		return ReadPassword(run, ctx, a.PasswordFrom)
	case a.Generate:
		p, err := world.GeneratePassword()
		if err == nil {
			run.SetPassword(p)
		}
		return p, err
	default:
		return a.Secret.Password(ctx, run)
	}
}

// ReadPassword reads a password from where the user keeps it.
func ReadPassword(r *plan.Run, ctx context.Context, source string) (world.Password, error) {
	kind, where, _ := strings.Cut(source, ":")
	switch kind {
	case "env":
		text, ok := os.LookupEnv(where)
		if !ok || text == "" {
			return world.Password{}, world.Usage("export it in the shell that runs podsg", "read the database password: environment variable %s is not set", where)
		}
		return world.NewPassword(text), nil
	case "file":
		text, err := os.ReadFile(where)
		if err != nil {
			return world.Password{}, &world.Problem{Kind: world.ProblemUsage, Doing: "read the database password from file", Object: where, Err: err}
		}
		return world.NewPassword(strings.TrimRight(string(text), "\r\n")), nil
	case "secretsmanager":
		return r.Cloud.SecretString(ctx, where)
	case "secret":
		object, key, found := strings.Cut(where, "#")
		if !found {
			key = intent.KeyPassword
		}
		namespace, name, _ := strings.Cut(object, "/")
		return r.Kube.SecretPassword(ctx, namespace, name, key)
	default:
		return world.Password{}, world.Usage("use env:NAME, file:PATH, secretsmanager:NAME-OR-ARN or secret:NAMESPACE/NAME", "password source %q is of no known kind", kind)
	}
}

// Shell implements [plan.Action].
func (a StoreConnection) Shell() []string {
	var out []string
	switch {
	case a.Generate:
		// No process of the pipe ends early: under pipefail that would be a failure.
		out = append(out, `RDS_PASSWORD=$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | cut -c1-30)`)
	case a.PasswordFrom != "":
		out = append(out, shell.Command(`[ -n "${RDS_PASSWORD:-}" ] || { echo %s >&2; exit 1; }`, "RDS_PASSWORD: set it from "+a.PasswordFrom))
	}
	host := shell.Words(shell.Quote(a.Host))
	if a.AwaitHost {
		out = append(out, shell.Command(`RDS_HOST=$(aws rds describe-db-instances --db-instance-identifier %s --query 'DBInstances[0].Endpoint.Address' --output text)`, a.Identifier))
		host = `"$RDS_HOST"`
	}
	literals := shell.Command("--from-literal=dbname=%s --from-literal=username=%s --from-literal=port=%d --from-literal=sslmode=%s",
		a.Database, a.Username, a.Port, a.SSLMode)
	if a.Host != "" || a.AwaitHost {
		literals += shell.Command(" --from-literal=host=%s", host)
	}
	return append(out, shell.Command(`printf %%s "$RDS_PASSWORD" | kubectl create secret generic %s -n %s --from-file=password=/dev/stdin %s --dry-run=client -o yaml | kubectl label --local -f - %s=%s -o yaml | kubectl apply --server-side --field-manager=%s -f -`, a.Secret.Name, a.Secret.Namespace, shell.Words(literals), world.LabelManagedBy, world.ManagedBy, world.FieldManager))
}
