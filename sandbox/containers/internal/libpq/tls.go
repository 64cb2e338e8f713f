package libpq

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// sslRequestCode asks a server for encryption.
const sslRequestCode = 80877103

// errNoTLS is for a server that answers the request with N.
var errNoTLS = errors.New("server does not support SSL, but SSL was required")

// encrypt asks for TLS and shakes hands. With sslmode prefer a server without TLS is fine.
func (c *Conn) encrypt(ctx context.Context, o Options, env Environment) error {
	config, err := o.tlsConfig(env)
	if err != nil {
		return err
	}
	request := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 8), sslRequestCode)
	if _, err := c.conn.Write(request); err != nil {
		return readFailure(err)
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(c.conn, answer); err != nil {
		return readFailure(err)
	}
	switch {
	case answer[0] == 'S':
	case answer[0] == 'N' && o["sslmode"] == "prefer":
		return nil
	case answer[0] == 'N':
		return errNoTLS
	default:
		return fmt.Errorf("received invalid response to SSL negotiation: %c", answer[0])
	}
	conn := tls.Client(c.conn, config)
	c.tls = conn
	if err := conn.HandshakeContext(ctx); err != nil {
		return handshakeFailure(err)
	}
	c.conn = conn
	return nil
}

func handshakeFailure(err error) error {
	var unverified *tls.CertificateVerificationError
	var mismatch *hostMismatch
	switch {
	case errors.As(err, &mismatch):
		return mismatch
	case errors.As(err, &unverified), errors.As(err, new(x509.UnknownAuthorityError)),
		errors.As(err, new(x509.CertificateInvalidError)):
		return errors.New("SSL error: certificate verify failed")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("SSL SYSCALL error: EOF detected")
	}
	return fmt.Errorf("SSL error: %s", strings.TrimPrefix(err.Error(), "tls: "))
}

// tlsConfig verifies as sslmode says: the chain whenever a root certificate file is there, and
// the name with verify-full.
func (o Options) tlsConfig(env Environment) (*tls.Config, error) {
	mode := o["sslmode"]
	path := o["sslrootcert"]
	if path == "" {
		path = env.Home + "/.postgresql/root.crt"
	}
	// Verification is done by VerifyConnection below, which can tell the chain from the name.
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
	if host := o["host"]; host != "" {
		if _, err := netip.ParseAddr(host); err != nil {
			config.ServerName = host
		}
	}
	pem, err := env.ReadFile(path)
	if err != nil {
		if !strings.HasPrefix(mode, "verify-") {
			return config, nil
		}
		return nil, fmt.Errorf("root certificate file %q does not exist\n"+
			"Either provide the file or change sslmode to disable server certificate verification.", path)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("could not read root certificate file %q: no certificate or crl found", path)
	}
	if mode == "verify-full" && o["host"] == "" {
		return nil, errors.New("host name must be specified for a verified SSL connection")
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		intermediates := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			intermediates.AddCert(cert)
		}
		leaf := state.PeerCertificates[0]
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil {
			return err
		}
		if mode == "verify-full" && leaf.VerifyHostname(o["host"]) != nil {
			return &hostMismatch{leaf, o["host"]}
		}
		return nil
	}
	return config, nil
}

// hostMismatch is a valid certificate of another server.
type hostMismatch struct {
	certificate *x509.Certificate
	host        string
}

func (m *hostMismatch) Error() string {
	names := m.certificate.DNSNames
	for _, ip := range m.certificate.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{m.certificate.Subject.CommonName}
	}
	others := ""
	switch n := len(names) - 1; {
	case n == 1:
		others = " (and 1 other name)"
	case n > 1:
		others = fmt.Sprintf(" (and %d other names)", n)
	}
	return fmt.Sprintf("server certificate for %q%s does not match host name %q", names[0], others, m.host)
}
