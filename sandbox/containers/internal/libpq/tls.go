package libpq

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

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
		return nil, wordsf("root certificate file %q does not exist\n"+
			"Either provide the file or change sslmode to disable server certificate verification.", path)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, wordsf("could not read root certificate file %q: no certificate or crl found", path)
	}
	if mode == "verify-full" && o["host"] == "" {
		return nil, words("host name must be specified for a verified SSL connection")
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		intermediates := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			intermediates.AddCert(cert)
		}
		leaf := state.PeerCertificates[0]
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		if mode == "verify-full" {
			return leaf.VerifyHostname(o["host"])
		}
		return nil
	}
	return config, nil
}

// handshakeFailure words a handshake that failed as libpq does with OpenSSL.
func handshakeFailure(err error) error {
	var mismatch x509.HostnameError
	var unverified *tls.CertificateVerificationError
	switch {
	case errors.As(err, &mismatch):
		return wordsf("server certificate for %s does not match host name %q", namesIn(mismatch.Certificate), mismatch.Host)
	case errors.As(err, &unverified):
		return words("SSL error: certificate verify failed")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return words("SSL SYSCALL error: EOF detected")
	}
	return wordsf("SSL error: %s", strings.TrimPrefix(err.Error(), "tls: "))
}

// namesIn quotes the first name of a certificate and counts the others.
func namesIn(cert *x509.Certificate) string {
	names := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{cert.Subject.CommonName}
	}
	switch n := len(names) - 1; n {
	case 0:
		return fmt.Sprintf("%q", names[0])
	case 1:
		return fmt.Sprintf("%q (and 1 other name)", names[0])
	default:
		return fmt.Sprintf("%q (and %d other names)", names[0], n)
	}
}
