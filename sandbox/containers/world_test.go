package containers_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"podsg/sandbox/authority"
	"podsg/sandbox/containers"
	"podsg/sandbox/postgres"
)

const (
	endpoint = "rds-workshop.cx2mtqxkzgqx.us-west-2.rds.amazonaws.com"
	password = "s3cret-Pa55"
	caFile   = "/etc/rds/ca.pem"
)

var (
	podAddr = netip.MustParseAddr("192.168.63.249")
	dbAddr  = netip.MustParseAddrPort("192.168.112.9:5432")
)

// world is a network with one database, as the pods of these tests see it.
type world struct {
	clock   *clocktesting.FakeClock
	server  *postgres.Server
	ca      []byte // of the database's certificate, PEM
	strange []byte // of another authority

	mu       sync.Mutex
	dropping bool // packets to the database are dropped
	dropDNS  bool
	silent   bool          // the database accepts connections and says nothing
	waiting  chan struct{} // one element for every packet that was dropped
}

func newWorld(t *testing.T) *world {
	t.Helper()
	certificate, ca := newCertificate(t, endpoint)
	_, strange := newCertificate(t, "elsewhere")
	w := &world{
		clock:   clocktesting.NewFakeClock(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)),
		ca:      ca,
		strange: strange,
		waiting: make(chan struct{}, 100),
	}
	w.server = postgres.NewServer(postgres.Config{
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, ForceTLS: true,
		Version: "15.18", Address: dbAddr.Addr(), Clock: w.clock,
	})
	w.server.SetPassword("workshop", password)
	w.server.CreateDatabase("workshop", "workshop")
	t.Cleanup(func() { w.server.Close() })
	return w
}

// newCertificate makes a certificate authority and a server certificate in memory.
func newCertificate(t *testing.T, name string) (certificate tls.Certificate, ca []byte) {
	t.Helper()
	issuer, err := authority.NewAuthority("practice CA")
	if err != nil {
		t.Fatal(err)
	}
	if certificate, err = issuer.Issue(name); err != nil {
		t.Fatal(err)
	}
	return certificate, issuer.PEM()
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// drop is what happens to a packet that no rule lets through.
func (w *world) drop(ctx context.Context) error {
	w.waiting <- struct{}{}
	<-ctx.Done()
	return &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}
}

func (w *world) LookupHost(ctx context.Context, _ netip.Addr, name string) ([]netip.Addr, error) {
	w.mu.Lock()
	dropped := w.dropDNS
	w.mu.Unlock()
	switch {
	case dropped:
		return nil, w.drop(ctx)
	case name == endpoint || name == "alias.example":
		return []netip.Addr{dbAddr.Addr()}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (w *world) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	dropped, silent := w.dropping, w.silent
	w.mu.Unlock()
	switch {
	case dropped:
		return nil, w.drop(ctx)
	case to != dbAddr:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case silent:
		client, server := net.Pipe()
		go func() {
			io.ReadFull(server, make([]byte, 1))
			w.waiting <- struct{}{}
			io.Copy(io.Discard, server)
		}()
		return client, nil
	}
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
	go w.server.ServeConn(served, from)
	return client, nil
}

// spec is a container like the product's green pod: the connection in its environment and the
// authorities in a file.
func (w *world) spec(command ...string) containers.Spec {
	return containers.Spec{
		Command: command,
		Env: map[string]string{
			"PGHOST": endpoint, "PGPORT": "5432", "PGUSER": "workshop", "PGDATABASE": "workshop",
			"PGPASSWORD": password, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": caFile, "PGCONNECT_TIMEOUT": "5",
		},
		Files:    map[string][]byte{caFile: w.ca, "/etc/rds/strange.pem": w.strange, "/etc/secret/token": []byte("abc\n")},
		Address:  podAddr,
		Hostname: "green-pod-7d9c",
		Network:  w,
		Clock:    w.clock,
	}
}

func start(t *testing.T, spec containers.Spec) *containers.Process {
	t.Helper()
	p, err := containers.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// finish waits for the end of a container and returns what it printed and its exit code.
func finish(t *testing.T, p *containers.Process) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("the container does not end"))
	defer cancel()
	code, err := p.Wait(ctx)
	if err != nil {
		t.Fatalf("%v; it printed:\n%s", err, logs(t, p, containers.LogOptions{}))
	}
	return logs(t, p, containers.LogOptions{}), code
}

func logs(t *testing.T, p *containers.Process, options containers.LogOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := p.Logs(t.Context(), options, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// script runs a shell script to its end.
func (w *world) script(t *testing.T, text string) (string, int) {
	t.Helper()
	return finish(t, start(t, w.spec("sh", "-c", text)))
}

// awaitLine waits until the container has printed a line that contains text.
func awaitLine(t *testing.T, p *containers.Process, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	found := &lineFinder{text: text, found: cancel}
	err := p.Logs(ctx, containers.LogOptions{Follow: true}, found)
	if !strings.Contains(found.seen.String(), text) {
		t.Fatalf("no line with %q (%v) in:\n%s", text, err, found.seen.String())
	}
}

type lineFinder struct {
	text  string
	seen  bytes.Buffer
	found func()
}

func (f *lineFinder) Write(b []byte) (int, error) {
	f.seen.Write(b)
	if strings.Contains(f.seen.String(), f.text) {
		f.found()
	}
	return len(b), nil
}

// awaitTimer waits until something waits for the clock.
func (w *world) awaitTimer(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !w.clock.HasWaiters() {
		if time.Now().After(deadline) {
			t.Fatal("nothing waits for the clock")
		}
		time.Sleep(time.Millisecond)
	}
}
