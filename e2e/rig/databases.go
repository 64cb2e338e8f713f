package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"podsg/sandbox/cloud"
)

// databases runs a real PostgreSQL server for every RDS instance, on the
// instance's private address.
type databases struct {
	rig     *Rig
	mu      sync.Mutex
	servers map[string]*Database
	failed  error
}

func newDatabases(r *Rig) *databases { return &databases{rig: r, servers: map[string]*Database{}} }

// handle follows what becomes of an instance. The server is made while the
// instance is, so that it answers once that is available.
func (d *databases) handle(e cloud.DatabaseEvent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	db := d.servers[e.Identifier]
	var err error
	switch {
	case e.Status == "deleted":
		if db != nil {
			delete(d.servers, e.Identifier)
			db.stop()
		}
	case db != nil:
		err = db.setPassword(e.Username, e.Password)
	case e.Address.IsValid():
		db, err = StartDatabase(context.Background(), DatabaseOptions{
			processes: d.rig.processes, pki: d.rig.pki, Dir: d.rig.path("postgres", e.Identifier), Host: e.Host,
			Address: e.Address.String(), Port: e.Port, User: e.Username, Password: e.Password, Database: e.DBName,
		})
		if err == nil {
			d.servers[e.Identifier] = db
		}
	}
	if err != nil {
		fmt.Fprintf(d.rig.options.Log, "database %q: %v\n", e.Identifier, err)
		d.failed = errors.Join(d.failed, err)
	}
}

// DatabaseOptions describe a PostgreSQL server.
type DatabaseOptions struct {
	processes *processes
	pki       *pki

	Dir            string // of its data
	Host           string // the name in its certificate
	Address        string // that it listens on
	Port           int
	User, Password string // the master user
	Database       string // a first one, owned by the master user; empty: none
}

// Database is a running PostgreSQL server.
type Database struct {
	options DatabaseOptions
	process *process
}

// serverUser is the operating system's user that PostgreSQL runs as: it refuses
// to run as root.
const serverUser = "postgres"

// superuser is the role that RDS keeps for itself.
const superuser = "rdsadmin"

// binaries is the directory of the newest PostgreSQL of Debian's packages.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/postgres")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// StartDatabase makes a cluster of databases and starts its server.
// Connections must be encrypted, as on RDS since PostgreSQL 15.
func StartDatabase(ctx context.Context, o DatabaseOptions) (*Database, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	account, err := user.Lookup(serverUser)
	if err != nil {
		return nil, fmt.Errorf("find the user that PostgreSQL runs as: %w", err)
	}
	uid, err1 := strconv.Atoi(account.Uid)
	gid, err2 := strconv.Atoi(account.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if err := errors.Join(os.MkdirAll(o.Dir, 0o755), os.Chown(o.Dir, uid, gid)); err != nil {
		return nil, err
	}
	as := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = o.Dir
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "LC_ALL=C.UTF-8"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return cmd
	}
	data := filepath.Join(o.Dir, "data")
	if out, err := as("initdb", "-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	if err := o.writeFiles(data, uid, gid); err != nil {
		return nil, err
	}
	db := &Database{options: o}
	db.process, err = o.processes.start("postgres-"+filepath.Base(o.Dir), as("postgres", "-D", data,
		"-c", "listen_addresses="+o.Address, "-c", "port="+strconv.Itoa(o.Port), "-c", "unix_socket_directories="+o.Dir,
		"-c", "ssl=on", "-c", "ssl_min_protocol_version=TLSv1.2", "-c", "password_encryption=scram-sha-256",
		"-c", "fsync=off", "-c", "timezone=UTC"))
	if err != nil {
		return nil, err
	}
	if err := db.prepare(ctx); err != nil {
		db.stop()
		return nil, fmt.Errorf("prepare PostgreSQL: %w", err)
	}
	return db, nil
}

// writeFiles writes the certificate and the rules of who may connect how.
func (o DatabaseOptions) writeFiles(data string, uid, gid int) error {
	cert, key, err := o.pki.issue("postgres-"+filepath.Base(o.Dir), o.Host, nil...)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"server.crt": cert, "server.key": key,
		"pg_hba.conf": []byte("local all " + superuser + " trust\nhostssl all all 0.0.0.0/0 scram-sha-256\n"),
	} {
		path := filepath.Join(data, name)
		if err := errors.Join(os.WriteFile(path, content, 0o600), os.Chown(path, uid, gid)); err != nil {
			return err
		}
	}
	return nil
}

// prepare waits until the server answers and makes the master user, with the
// rights that RDS gives it, and the first database.
func (d *Database) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		conn, err := d.admin(ctx)
		if err == nil {
			conn.Close(ctx)
			break
		}
		if pauseErr := pause(ctx, pollInterval); pauseErr != nil {
			return err
		}
	}
	statements := []string{
		"CREATE ROLE rds_superuser NOLOGIN",
		fmt.Sprintf("CREATE ROLE %s LOGIN CREATEDB CREATEROLE PASSWORD %s IN ROLE rds_superuser", pgx.Identifier{d.options.User}.Sanitize(), literal(d.options.Password)),
	}
	if d.options.Database != "" {
		statements = append(statements, fmt.Sprintf("CREATE DATABASE %s OWNER %s",
			pgx.Identifier{d.options.Database}.Sanitize(), pgx.Identifier{d.options.User}.Sanitize()))
	}
	return d.execute(ctx, statements...)
}

func (d *Database) setPassword(name, password string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return d.execute(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD %s", pgx.Identifier{name}.Sanitize(), literal(password)))
}

// admin connects through the server's socket.
func (d *Database) admin(ctx context.Context) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("user=" + superuser + " dbname=postgres sslmode=disable")
	if err != nil {
		return nil, err
	}
	config.Host, config.Port = d.options.Dir, uint16(d.options.Port)
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", fmt.Sprintf("%s/.s.PGSQL.%d", d.options.Dir, d.options.Port))
	}
	return pgx.ConnectConfig(ctx, config)
}

func (d *Database) execute(ctx context.Context, statements ...string) error {
	conn, err := d.admin(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// literal quotes a string for SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// stop shuts the server down at once and closes its connections.
func (d *Database) stop() {
	d.options.processes.stop(d.process, syscall.SIGINT)
}
