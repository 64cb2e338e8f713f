package containers_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"podsg/sandbox/containers"
)

// relay is what a port-forward goes through to a private database.
const relay = `nc -lk -v -p 15432 -e nc "$PGHOST" 5432`

// connectThrough opens the database through a container's port, verifying it by its own name.
func connectThrough(ctx context.Context, w *world, p *containers.Process) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("host=" + endpoint + " user=workshop password=" + password + " dbname=workshop sslmode=require")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.ca)
	config.TLSConfig = &tls.Config{RootCAs: roots, ServerName: endpoint}
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return p.DialPort(ctx, 15432) }
	return pgx.ConnectConfig(ctx, config)
}

func TestTheDatabaseIsReachedThroughARelayInAPod(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("sh", "-c", relay))
	awaitLine(t, p, "listening on [::]:15432 ...")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	// Several at once, and one after another.
	results := make(chan error)
	for i := range 3 {
		go func() { results <- useRelay(ctx, w, p, i) }()
	}
	for range 3 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if err := useRelay(ctx, w, p, 9); err != nil {
		t.Error(err)
	}
	p.Stop()
	if _, err := p.DialPort(ctx, 15432); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a stopped container's port: %v", err)
	}
}

// useRelay checks that the database sees the pod, and that much data passes.
func useRelay(ctx context.Context, w *world, p *containers.Process, n int) error {
	c, err := connectThrough(ctx, w, p)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	var from netip.Addr
	if err := c.QueryRow(ctx, "SELECT inet_client_addr()").Scan(&from); err != nil || from != podAddr {
		return fmt.Errorf("the database sees %s, %w", from, err)
	}
	table := fmt.Sprintf("t%d", n)
	if _, err := c.Exec(ctx, "CREATE TABLE "+table+" (line text)"); err != nil {
		return err
	}
	line := make([]byte, 1<<18)
	for i := range line {
		line[i] = 'x'
	}
	if _, err := c.Exec(ctx, "INSERT INTO "+table+" VALUES ($1), ($1)", string(line)); err != nil {
		return err
	}
	rows, err := c.Query(ctx, "SELECT line FROM "+table)
	if err != nil {
		return err
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(got) != 2 || got[1] != string(line) {
		return fmt.Errorf("read %d rows, %w", len(got), err)
	}
	return nil
}

func TestARelayToABlockedDatabaseEndsTheConnection(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("sh", "-c", relay))
	awaitLine(t, p, "listening")
	w.set(func() { w.dropping = true })
	conn, err := p.DialPort(t.Context(), 15432)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	<-w.waiting
	w.clock.Step(127 * time.Second)
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read %v, want EOF once the relay has given up", err)
	}
}

func TestAPortOnWhichNobodyListensIsRefused(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("sleep", "infinity"))
	if _, err := p.DialPort(t.Context(), 15432); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want connection refused", err)
	}
}

func TestNetcatScansPorts(t *testing.T) {
	w := newWorld(t)
	for script, want := range map[string]string{
		`nc -zv -w 3 "$PGHOST" 5432; echo $?`: endpoint + " (192.168.112.9:5432) open\n0\n",
		`nc -z -w 3 "$PGHOST" 5433; echo $?`:  "1\n",
		`nc -zvv -w3 "$PGHOST" 5433; echo $?`: "nc: " + endpoint + " (192.168.112.9:5433): Connection refused\n1\n",
		`nc -z nope.example 1; echo $?`:       "nc: bad address 'nope.example'\n1\n",
		`nc -z -w x "$PGHOST" 1; echo $?`:     "nc: invalid number 'x'\n1\n",
		`nc -lk -p 9000 -e cat & until nc -z localhost 9000; do :; done; nc -l -p 9000; echo $?`: "nc: bind: Address in use\n1\n",
	} {
		if out, _ := w.script(t, script); out != want {
			t.Errorf("%s printed %q, want %q", script, out, want)
		}
	}
	w.set(func() { w.dropping = true })
	p := start(t, w.spec("nc", "-zv", "-w", "3", endpoint, "5432"))
	<-w.waiting
	w.clock.Step(3 * time.Second)
	want := "nc: " + endpoint + " (192.168.112.9:5432): Operation timed out\n"
	if out, code := finish(t, p); out != want || code != 1 {
		t.Errorf("blocked: exit code %d, printed %q, want %q", code, out, want)
	}
}

func TestProcessesOfAContainerReachEachOther(t *testing.T) {
	w := newWorld(t)
	out, _ := w.script(t, `{ echo hello; } | nc -l -p 9000 > /tmp/heard &
		until echo hi | nc localhost 9000 > /tmp/got; do :; done; wait; cat /tmp/got /tmp/heard`)
	if out != "hello\nhi\n" {
		t.Errorf("printed %q", out)
	}
}
