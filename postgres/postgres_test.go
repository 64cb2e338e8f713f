package postgres

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

const endpointName = "db.abc123.us-west-2.rds.amazonaws.com"

// server answers the first message of each connection with handle, on loopback.
func server(t *testing.T, handle func(net.Conn)) world.DialFunc {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				handle(conn)
			}()
		}
	}()
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if want := endpointName + ":5432"; address != want {
			return nil, fmt.Errorf("dialled %q, want the unresolved name %q", address, want)
		}
		return (&net.Dialer{}).DialContext(ctx, network, listener.Addr().String())
	}
}

// certificate makes a self-signed certificate for a name.
func certificate(t *testing.T, name string) (tls.Certificate, []byte) {
	t.Helper()
	return certificateFrom(t, name, time.Now().Add(-time.Hour))
}

// certificateFrom makes a certificate that is valid for two hours from a time on.
func certificateFrom(t *testing.T, name string, from time.Time) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: from, NotAfter: from.Add(2 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// answerWith is a server with TLS that ends the start-up with an error.
func answerWith(cert tls.Certificate, code, message string) func(net.Conn) {
	return func(plain net.Conn) {
		backend := pgproto3.NewBackend(plain, plain)
		if _, err := backend.ReceiveStartupMessage(); err != nil {
			return
		}
		if _, err := plain.Write([]byte("S")); err != nil {
			return
		}
		secure := tls.Server(plain, &tls.Config{Certificates: []tls.Certificate{cert}})
		backend = pgproto3.NewBackend(secure, secure)
		if _, err := backend.ReceiveStartupMessage(); err != nil {
			return
		}
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: message})
		_ = backend.Flush()
	}
}

func target(ca []byte) plan.DatabaseTarget {
	return plan.DatabaseTarget{
		Host: endpointName, Port: 5432, Database: "workshop", Username: "workshop",
		Password: world.NewPassword("correct-horse"), TLSMode: intent.TLSVerifyFull, CA: ca,
	}
}

func TestEveryWayThatAConnectionCanEndIsToldApart(t *testing.T) {
	cert, ca := certificate(t, endpointName)
	otherCert, otherCA := certificate(t, "elsewhere.example.com")
	expired, expiredCA := certificateFrom(t, endpointName, time.Now().Add(-3*time.Hour))
	early, earlyCA := certificateFrom(t, endpointName, time.Now().Add(24*time.Hour))
	fails := func(err error) world.DialFunc {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	cases := []struct {
		name    string
		dial    world.DialFunc
		ca      []byte
		verdict plan.Verdict
		kind    world.ProblemKind
		reason  string
	}{
		{"a server that never answers is a time-out", server(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), ca,
			plan.VerdictTimedOut, world.ProblemTimeout, "nothing answers"},
		{"a dial that is never answered is a time-out", func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, ca, plan.VerdictTimedOut, world.ProblemTimeout, "nothing answers"},
		{"a closed port refuses", func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", closed.Addr().String())
		}, ca, plan.VerdictRefused, world.ProblemUnreachable, "nothing listens"},
		{"a proxy that is refused at its far end refuses", fails(&net.OpError{Op: "socks connect", Err: errors.New("unknown error connection refused")}), ca,
			plan.VerdictRefused, world.ProblemUnreachable, "connection refused"},
		{"an unknown name is a DNS failure", fails(&net.DNSError{Err: "no such host", Name: endpointName, IsNotFound: true}), ca,
			plan.VerdictDNSFailed, world.ProblemUnreachable, "does not resolve"},
		{"a name server that does not answer is a DNS failure", fails(&net.DNSError{Err: "i/o timeout", Name: endpointName, IsTimeout: true}), ca,
			plan.VerdictDNSFailed, world.ProblemUnreachable, "does not resolve"},
		{"an untrusted authority is a TLS failure", server(t, answerWith(cert, "28P01", "")), otherCA,
			plan.VerdictTLSRequired, world.ProblemFailed, "trusted authority"},
		{"a certificate for another name is a TLS failure", server(t, answerWith(otherCert, "28P01", "")), otherCA,
			plan.VerdictTLSRequired, world.ProblemFailed, "another name"},
		{"an expired certificate is a TLS failure", server(t, answerWith(expired, "28P01", "")), expiredCA,
			plan.VerdictTLSRequired, world.ProblemFailed, "expired, or this computer's clock is wrong"},
		{"a certificate of tomorrow is a TLS failure", server(t, answerWith(early, "28P01", "")), earlyCA,
			plan.VerdictTLSRequired, world.ProblemFailed, "not valid yet"},
		{"a server without TLS is a TLS failure", server(t, func(c net.Conn) {
			_, _ = pgproto3.NewBackend(c, c).ReceiveStartupMessage()
			_, _ = c.Write([]byte("N"))
		}), ca, plan.VerdictTLSRequired, world.ProblemFailed, "does not offer TLS"},
		{"a wrong password is a failure of the login", server(t, answerWith(cert, "28P01", `password authentication failed for user "workshop"`)), ca,
			plan.VerdictAuthFailed, world.ProblemCredentials, "network lets the connection through"},
		{"a login without a rule is a failure of the login", server(t, answerWith(cert, "28000", `no pg_hba.conf entry for host "10.0.0.9", user "workshop", database "workshop", SSL on`)), ca,
			plan.VerdictAuthFailed, world.ProblemCredentials, "refuses this login"},
		{"a server that forces TLS says so", server(t, answerWith(cert, "28000", `no pg_hba.conf entry for host "10.0.0.9", user "workshop", database "workshop", no encryption`)), ca,
			plan.VerdictTLSRequired, world.ProblemFailed, "encrypted connections only"},
		{"a missing database is named", server(t, answerWith(cert, "3D000", `database "workshop" does not exist`)), ca,
			plan.VerdictAuthFailed, world.ProblemCredentials, `database "workshop" does not exist`},
		{"a full server refuses", server(t, answerWith(cert, "53300", "sorry, too many clients already")), ca,
			plan.VerdictRefused, world.ProblemUnreachable, "no free connection"},
		{"a starting server refuses", server(t, answerWith(cert, "57P03", "the database system is starting up")), ca,
			plan.VerdictRefused, world.ProblemUnreachable, "not ready"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client := &Client{ConnectTimeout: 300 * time.Millisecond}
			if c.verdict != plan.VerdictTimedOut {
				client.ConnectTimeout = 10 * time.Second
			}
			_, _, err := client.Seed(t.Context(), target(c.ca), c.dial)
			if err == nil {
				t.Fatal("Seed succeeded")
			}
			if kind := world.KindOf(err); kind != c.kind {
				t.Errorf("kind %d, want %d: %v", kind, c.kind, err)
			}
			if !strings.Contains(err.Error(), c.reason) {
				t.Errorf("error %q does not say %q", err, c.reason)
			}
			if !strings.Contains(err.Error(), endpointName+":5432/workshop") {
				t.Errorf("error %q does not name the endpoint", err)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "correct-horse") {
				t.Error("the error shows the password")
			}
			_, connectErr := connectRaw(t, client, c.ca, c.dial)
			if verdict, _ := Classify(connectErr); verdict != c.verdict {
				t.Errorf("verdict %q, want %q: %v", verdict, c.verdict, connectErr)
			}
		})
	}
}

func TestEveryTLSFailureHasTheHintThatMendsIt(t *testing.T) {
	cert, ca := certificate(t, endpointName)
	otherCert, otherCA := certificate(t, "elsewhere.example.com")
	expired, expiredCA := certificateFrom(t, endpointName, time.Now().Add(-3*time.Hour))
	for name, c := range map[string]struct {
		handle func(net.Conn)
		ca     []byte
		hint   string
	}{
		"an unknown authority": {answerWith(cert, "28P01", ""), otherCA, NoBundleHint},
		"another name":         {answerWith(otherCert, "28P01", ""), otherCA, "the instance's own endpoint"},
		"an expired one":       {answerWith(expired, "28P01", ""), expiredCA, "date and time"},
		"a server without TLS": {func(c net.Conn) {
			_, _ = pgproto3.NewBackend(c, c).ReceiveStartupMessage()
			_, _ = c.Write([]byte("N"))
		}, ca, "something else"},
		"a server that wants it": {answerWith(cert, "28000", "no pg_hba.conf entry, no encryption"), ca, "pooler"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := (&Client{}).Seed(t.Context(), target(c.ca), server(t, c.handle))
			hint, _ := world.HintOf(err)
			if !strings.Contains(hint, c.hint) || c.hint != NoBundleHint && strings.Contains(hint, NoBundleHint) {
				t.Errorf("error %v has hint %q, want %q", err, hint, c.hint)
			}
		})
	}
}

func TestAStopIsAnInterruptionAndNotATimeOut(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	_, ca := certificate(t, endpointName)
	_, _, err := (&Client{}).Seed(ctx, target(ca), dial)
	if world.KindOf(err) != world.ProblemInterrupted {
		t.Fatalf("kind %d, want an interruption: %v", world.KindOf(err), err)
	}
}

func TestRequireConnectsToAServerThatCannotBeVerified(t *testing.T) {
	cert, _ := certificate(t, "elsewhere.example.com")
	dial := server(t, answerWith(cert, "53300", "sorry, too many clients already"))
	db := target(nil)
	db.TLSMode = intent.TLSRequire
	_, _, err := (&Client{}).Seed(t.Context(), db, dial)
	if err == nil || !strings.Contains(err.Error(), "too many clients") {
		t.Fatalf("got %v, want the server's own error", err)
	}
}

func TestRegionsWithoutACarriedAuthorityAreRefusedWithTheWayOut(t *testing.T) {
	for _, host := range []string{
		"db.abc123.rds.cn-north-1.amazonaws.com.cn",
		"db.abc123.us-gov-west-1.rds.amazonaws.com",
		"db.abc123.zz-nowhere-9.rds.amazonaws.com",
	} {
		db := target(nil)
		db.Host = host
		err := (&Client{}).Unseed(t.Context(), db, nil)
		hint, _ := world.HintOf(err)
		if world.KindOf(err) != world.ProblemUsage || !strings.Contains(hint, "--rds-ca") || !strings.Contains(hint, "require") {
			t.Errorf("%s: got %v with hint %q", host, err, hint)
		}
	}
}

func TestBundleForHoldsTheAuthoritiesOfItsRegionOnly(t *testing.T) {
	if len(BundleFor("aws-cn", "cn-north-1")) > 0 || len(BundleFor("aws-us-gov", "us-gov-west-1")) > 0 {
		t.Error("there is a bundle for another partition")
	}
	rest, count := BundleFor("aws", "us-west-2"), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(cert.Subject.CommonName, " us-west-2 ") || !cert.IsCA {
			t.Errorf("%s is not an authority of us-west-2", cert.Subject)
		}
		count++
	}
	// RDS signs with RSA2048, RSA4096 and ECC384 authorities.
	if count < 3 {
		t.Errorf("%d authorities for us-west-2, want at least 3", count)
	}
	if all := BundleFor("", ""); len(all) <= len(BundleFor("aws", "us-west-2")) {
		t.Error("the bundle of all regions is no larger than that of one")
	}
}

func connectRaw(t *testing.T, c *Client, ca []byte, dial world.DialFunc) (*pgx.Conn, error) {
	t.Helper()
	config, err := c.config(target(ca), dial)
	if err != nil {
		t.Fatal(err)
	}
	return pgx.ConnectConfig(t.Context(), config)
}

func TestABundleFileIsReadAndChecked(t *testing.T) {
	dir := t.TempDir()
	_, ca := certificate(t, endpointName)
	good, empty := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "empty.pem")
	for file, content := range map[string][]byte{good: ca, empty: []byte("no certificate")} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := ReadBundle("aws-cn", "cn-north-1", good); err != nil || !bytes.Equal(got, ca) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, file := range []string{empty, filepath.Join(dir, "missing.pem")} {
		if _, err := ReadBundle("aws", "us-west-2", file); world.KindOf(err) != world.ProblemUsage || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v, want a usage problem that names the file", file, err)
		}
	}
}
