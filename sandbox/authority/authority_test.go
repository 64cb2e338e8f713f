package authority_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"

	"podsg/sandbox/authority"
)

// handshake serves certificate on loopback and connects to it as serverName.
func handshake(t *testing.T, certificate tls.Certificate, roots *x509.CertPool, serverName string) error {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.(*tls.Conn).Handshake()
	}()
	raw, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: serverName})
	defer client.Close()
	return client.Handshake()
}

func TestIssuedCertificateIsTrustedForItsNamesOnly(t *testing.T) {
	ours, err := authority.NewAuthority("practice world")
	if err != nil {
		t.Fatal(err)
	}
	other, err := authority.NewAuthority("another world")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := ours.Issue("rds-workshop.abc.us-west-2.rds.amazonaws.com", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	fromPEM := x509.NewCertPool()
	if !fromPEM.AppendCertsFromPEM(ours.PEM()) {
		t.Fatal("PEM() holds no certificate")
	}
	tests := map[string]struct {
		roots *x509.CertPool
		name  string
		ok    bool
	}{
		"the DNS name verifies":                   {ours.Pool(), "rds-workshop.abc.us-west-2.rds.amazonaws.com", true},
		"the address verifies":                    {ours.Pool(), "127.0.0.1", true},
		"the PEM block is enough to trust it":     {fromPEM, "127.0.0.1", true},
		"another name is refused":                 {ours.Pool(), "other.us-west-2.rds.amazonaws.com", false},
		"another authority does not vouch for it": {other.Pool(), "127.0.0.1", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := handshake(t, certificate, test.roots, test.name)
			if (err == nil) != test.ok {
				t.Errorf("handshake error = %v, want success %v", err, test.ok)
			}
		})
	}
}

func TestIssueNeedsAName(t *testing.T) {
	ours, err := authority.NewAuthority("practice world")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Issue(); err == nil {
		t.Error("a certificate without a name was issued")
	}
}
