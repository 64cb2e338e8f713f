package parity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"podsg/sandbox/cloud"
)

// The database that both accounts get.
const (
	dbIdentifier = "parity"
	dbUser       = "parity"
	dbPassword   = "s3cret-Parity"
	dbName       = "shop"
)

// postgresSide is one of the servers.
type postgresSide struct {
	address string // host:port to dial
	host    string // the name in its certificate
	rootCA  string // PEM file
}

func (w *Worlds) comparePostgres(ctx context.Context) ([]Result, error) {
	sandbox, real, err := w.databaseSides(ctx)
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, q := range PostgresQuestions() {
		mine, theirs := Answer{}, Answer{}
		mine["answer"], theirs["answer"] = sandbox.ask(ctx, q), real.ask(ctx, q)
		out = append(out, Result{partPostgres, q.Name, compare(mine, theirs)})
	}
	return out, nil
}

// databaseSides makes the same database in both accounts and waits for it.
func (w *Worlds) databaseSides(ctx context.Context) (sandbox, real *postgresSide, err error) {
	spec := func(a *cloud.Account) (string, error) {
		all, err := a.Snapshot()
		if err != nil {
			return "", err
		}
		var subnets []string
		for key, value := range all {
			if id, ok := strings.CutPrefix(key, "subnet/"); ok && strings.Contains(string(value), "Private") {
				subnets = append(subnets, id)
			}
		}
		if err := a.AddDBSubnetGroup(dbIdentifier, subnets, nil); err != nil {
			return "", err
		}
		return a.AddDatabase(cloud.DatabaseSpec{Identifier: dbIdentifier, SubnetGroup: dbIdentifier, DBName: dbName, Username: dbUser, Password: dbPassword})
	}
	host, err := spec(w.Sandbox.Account())
	if err != nil {
		return nil, nil, err
	}
	env := map[string]string{}
	for _, v := range w.Sandbox.Env() {
		env[v.Name] = v.Value
	}
	sandbox = &postgresSide{address: net.JoinHostPort(env["PGHOSTADDR"], env["PGPORT"]), host: host, rootCA: env["PODSG_RDS_CA"]}
	if host, err = spec(w.Rig.Account()); err != nil {
		return nil, nil, err
	}
	address, _ := w.Rig.Account().LookupHost(host)
	real = &postgresSide{
		address: netip.AddrPortFrom(address, 5432).String(), host: host,
		rootCA: filepath.Join(filepath.Dir(w.Rig.Kubeconfig()), "ca.crt"),
	}
	for _, side := range []*postgresSide{sandbox, real} {
		if err := side.await(ctx); err != nil {
			return nil, nil, err
		}
	}
	return sandbox, real, nil
}

// await waits until the server lets the user in.
func (s *postgresSide) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, untilPatience)
	defer cancel()
	if _, err := os.Stat(s.rootCA); err != nil {
		return err
	}
	for {
		conn, err := s.connect(ctx, "", dbUser, dbPassword, dbName)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("connect to %s: %w", s.host, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// connect connects with verify-full unless the options say otherwise.
func (s *postgresSide) connect(ctx context.Context, options, user, password, database string) (*pgx.Conn, error) {
	if !strings.Contains(options, "sslmode") {
		options += " sslmode=verify-full"
	}
	config, err := pgx.ParseConfig(fmt.Sprintf("host=%s user=%s password=%s dbname=%s connect_timeout=10 sslrootcert=%s %s",
		s.host, user, password, database, s.rootCA, options))
	if err != nil {
		return nil, err
	}
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	config.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.address)
	}
	return pgx.ConnectConfig(ctx, config)
}

// SQL is a question to a PostgreSQL server.
type SQL struct {
	Name string
	// Ask uses a connection of its own, or the one that is given.
	Ask func(ctx context.Context, s *postgresSide) string
}

func (s *postgresSide) ask(ctx context.Context, q SQL) string {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return settled(strings.ReplaceAll(q.Ask(ctx, s), s.host, "HOST"))
}

var ipAddress = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+(:\d+)?\b`)

func withoutAddress(s string) string { return ipAddress.ReplaceAllString(s, "ADDRESS") }

// outcome words an error by what a client can tell of it.
func outcome(err error) string {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &pg):
		return fmt.Sprintf("%s %s: %s; detail %q hint %q position %d", pg.Severity, pg.Code, withoutAddress(pg.Message), pg.Detail, pg.Hint, pg.Position)
	default:
		return withoutAddress(err.Error())
	}
}
