package postgres_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	clocktesting "k8s.io/utils/clock/testing"

	"podsg/sandbox/authority"
	"podsg/sandbox/postgres"
)

const (
	endpoint = "rds-workshop.cx2mtqxkzgqx.us-west-2.rds.amazonaws.com"
	user     = "workshop"
	password = "s3cret-Pa55"
)

// podAddr is the address the clients of these tests have in the world.
var podAddr = netip.MustParseAddr("192.168.63.249")

// world is a server with one user and one database, and the way to it.
type world struct {
	server *postgres.Server
	clock  *clocktesting.FakeClock
	roots  *x509.CertPool
}

func newWorld(t *testing.T, change func(*postgres.Config)) *world {
	t.Helper()
	certificate, roots := newCertificate(t, endpoint)
	w := &world{roots: roots, clock: clocktesting.NewFakeClock(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))}
	config := postgres.Config{
		TLS:      &tls.Config{Certificates: []tls.Certificate{certificate}},
		ForceTLS: true,
		Version:  "17.5",
		Address:  netip.MustParseAddr("192.168.112.9"),
		Clock:    w.clock,
	}
	if change != nil {
		change(&config)
	}
	w.server = postgres.NewServer(config)
	w.server.SetPassword(user, password)
	w.server.CreateDatabase(user, user)
	t.Cleanup(func() { w.server.Close() })
	return w
}

// newCertificate makes a certificate authority and a server certificate in memory.
func newCertificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	ca, err := authority.NewAuthority("practice CA")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := ca.Issue(name)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, ca.Pool()
}

// dial connects to the server over loopback as the pod.
func (w *world) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	client, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return nil, err
	}
	served, err := l.Accept()
	if err != nil {
		return nil, err
	}
	go w.server.ServeConn(served, podAddr)
	return client, nil
}

// options is a client's configuration; extra are further connection parameters.
func (w *world) options(t *testing.T, extra string) *pgx.ConnConfig {
	t.Helper()
	config, err := pgx.ParseConfig("host=" + endpoint + " user=" + user + " password=" + password +
		" dbname=" + user + " sslmode=require " + extra)
	if err != nil {
		t.Fatal(err)
	}
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"192.168.112.9"}, nil }
	config.DialFunc = w.dial
	// verify-full in effect, whatever pgx made of sslmode.
	trust := func(c *tls.Config) *tls.Config {
		if c == nil {
			return nil
		}
		return &tls.Config{RootCAs: w.roots, ServerName: endpoint}
	}
	config.TLSConfig = trust(config.TLSConfig)
	for _, f := range config.Fallbacks {
		f.TLSConfig = trust(f.TLSConfig)
	}
	return config
}

func (w *world) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	c, err := pgx.ConnectConfig(t.Context(), w.options(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// outcome words an error as SEVERITY SQLSTATE: message, or as "ok".
func outcome(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Severity + " " + e.Code + ": " + e.Message
	}
	if err == nil {
		return "ok"
	}
	return err.Error()
}

func (w *world) try(t *testing.T, change func(*pgx.ConnConfig)) string {
	t.Helper()
	config := w.options(t, "")
	change(config)
	c, err := pgx.ConnectConfig(t.Context(), config)
	if err == nil {
		c.Close(t.Context())
	}
	return outcome(err)
}

func mustExec(t *testing.T, c *pgx.Conn, query string, args ...any) {
	t.Helper()
	if _, err := c.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %s", query, outcome(err))
	}
}

func one[T any](t *testing.T, c *pgx.Conn, query string, args ...any) T {
	t.Helper()
	var v T
	if err := c.QueryRow(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %s", query, outcome(err))
	}
	return v
}

func TestAPasswordResetCountsForTheNextLogin(t *testing.T) {
	w := newWorld(t, nil)
	session := w.connect(t)
	w.server.SetPassword(user, "another")
	if got := w.try(t, func(*pgx.ConnConfig) {}); got != `FATAL 28P01: password authentication failed for user "workshop"` {
		t.Errorf("old password: %s", got)
	}
	if got := w.try(t, func(c *pgx.ConnConfig) { c.Password = "another" }); got != "ok" {
		t.Errorf("new password: %s", got)
	}
	if one[int](t, session, "SELECT 1") != 1 {
		t.Error("the session that was logged in ended")
	}
}

func TestAConnectionWithoutTLSIsRefusedByTheAddressOfThePod(t *testing.T) {
	w := newWorld(t, nil)
	got := w.try(t, func(c *pgx.ConnConfig) { c.TLSConfig, c.Fallbacks = nil, nil })
	want := `FATAL 28000: no pg_hba.conf entry for host "192.168.63.249", user "workshop", database "workshop", no encryption`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestEncryptionIsNoLongerDemandedOnceThatIsChanged(t *testing.T) {
	w := newWorld(t, nil)
	w.server.SetForceTLS(false)
	if got := w.try(t, func(c *pgx.ConnConfig) { c.TLSConfig, c.Fallbacks = nil, nil }); got != "ok" {
		t.Errorf("without TLS: %s", got)
	}
}

func TestASessionKnowsBothEndsAndItsEncryption(t *testing.T) {
	w := newWorld(t, nil)
	c := w.connect(t)
	if got := one[netip.Addr](t, c, "SELECT inet_client_addr()"); got != podAddr {
		t.Errorf("inet_client_addr() = %s, want %s", got, podAddr)
	}
	if got := one[netip.Addr](t, c, "SELECT inet_server_addr()"); got.String() != "192.168.112.9" {
		t.Errorf("inet_server_addr() = %s", got)
	}
	var encrypted bool
	var version, cipher string
	err := c.QueryRow(t.Context(), "SELECT ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()").
		Scan(&encrypted, &version, &cipher)
	if err != nil || !encrypted || version != "TLSv1.3" || cipher == "" {
		t.Errorf("pg_stat_ssl: %t, %q, %q, %v", encrypted, version, cipher, err)
	}
}

func TestAServerThatCannotTakeASessionSaysWhy(t *testing.T) {
	w := newWorld(t, func(c *postgres.Config) { c.MaxConnections = 1 })
	w.server.SetStarting(true)
	if got := w.try(t, func(*pgx.ConnConfig) {}); got != "FATAL 57P03: the database system is starting up" {
		t.Errorf("while starting: %s", got)
	}
	w.server.SetStarting(false)
	w.connect(t)
	if got := w.try(t, func(*pgx.ConnConfig) {}); got != "FATAL 53300: sorry, too many clients already" {
		t.Errorf("with every slot taken: %s", got)
	}
}

func TestCloseEndsSessionsAndWhatTheyWaitFor(t *testing.T) {
	w := newWorld(t, nil)
	idle, busy := w.connect(t), w.connect(t)
	ended := make(chan error)
	go func() {
		_, err := busy.Exec(context.Background(), "SELECT pg_sleep(3600)")
		ended <- err
	}()
	w.awaitSleeper(t)
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	const want = "FATAL 57P01: terminating connection due to administrator command"
	if got := outcome(<-ended); got != want {
		t.Errorf("busy session: %s", got)
	}
	if _, err := idle.Exec(t.Context(), "SELECT 1"); outcome(err) != want {
		t.Errorf("idle session: %s", outcome(err))
	}
}

// awaitSleeper waits until a pg_sleep is running.
func (w *world) awaitSleeper(t *testing.T) {
	t.Helper()
	for !w.clock.HasWaiters() {
		select {
		case <-t.Context().Done():
			t.Fatal("no statement sleeps")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestServeTakesTheAddressFromTheConnection(t *testing.T) {
	w := newWorld(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- w.server.Serve(l) }()
	config := w.options(t, "")
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}
	c, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if got := one[netip.Addr](t, c, "SELECT inet_client_addr()"); got.String() != "127.0.0.1" {
		t.Errorf("inet_client_addr() = %s", got)
	}
	c.Close(t.Context())
	w.server.Close()
	if err := <-served; !errors.Is(err, postgres.ErrServerClosed) {
		t.Errorf("Serve returned %v", err)
	}
}
