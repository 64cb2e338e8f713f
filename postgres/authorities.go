package postgres

import (
	"bytes"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"podsg/steps/world"
)

// rdsAuthorities holds the certificate authorities of Amazon RDS in the
// commercial regions; its header says where they came from and when.
//
//go:embed rds-ca.pem
var rdsAuthorities []byte

// BundleFor returns the RDS certificate authorities of a region as PEM, or nil
// when podsg carries none for it: China, GovCloud and regions that are newer
// than the bundle. There the user gives one with --rds-ca or database.caFile.
// An empty region returns the authorities of all regions.
func BundleFor(partition, region string) []byte {
	if partition != "" && partition != "aws" {
		return nil
	}
	if region == "" {
		return bytes.Clone(rdsAuthorities)
	}
	var out bytes.Buffer
	rest := rdsAuthorities
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		// The subject is such as "Amazon RDS us-west-2 Root CA RSA2048 G1".
		if err == nil && strings.HasPrefix(cert.Subject.CommonName, "Amazon RDS "+region+" ") {
			_ = pem.Encode(&out, block) // a bytes.Buffer does not fail
		}
	}
	return out.Bytes()
}

// NoBundleHint says what to do where [BundleFor] has nothing.
const NoBundleHint = "give the region's bundle, which the RDS user guide links to, with --rds-ca FILE or the answer database.caFile; " +
	"or choose an encrypted connection without verification by the answer database.tlsMode: require"

// endpointRegion finds the region in the name of an RDS endpoint:
// ID.HASH.REGION.rds.amazonaws.com, or ID.HASH.rds.REGION.amazonaws.com.cn.
var endpointRegion = regexp.MustCompile(`\.(?:([a-z]{2,4}(?:-[a-z]+)+-\d+)\.rds\.amazonaws\.com|rds\.([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com\.cn)\.?$`)

// regionOfEndpoint returns the partition and region of an RDS endpoint's name,
// both empty when the name is not one of RDS, such as an alias in another zone.
func regionOfEndpoint(host string) (partition, region string) {
	m := endpointRegion.FindStringSubmatch(strings.ToLower(host))
	if m == nil {
		return "", ""
	}
	region = m[1] + m[2]
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn", region
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov", region
	default:
		return "aws", region
	}
}

// pool returns the authorities to verify a server with: those that were chosen,
// else the carried ones for the endpoint's region.
func pool(host string, chosen []byte) (*x509.CertPool, error) {
	bundle := chosen
	if len(bundle) == 0 {
		bundle = BundleFor(regionOfEndpoint(host))
	}
	if len(bundle) == 0 {
		_, region := regionOfEndpoint(host)
		return nil, fmt.Errorf("podsg carries no RDS certificate authority for region %s", region)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		return nil, errors.New("the certificate bundle holds no PEM certificate")
	}
	return roots, nil
}

// ReadBundle returns the authorities to verify the databases of a region with:
// those of a PEM file that the user gives, else [BundleFor]'s; nil when there
// are none. A file without a certificate is a problem of kind usage.
func ReadBundle(partition, region, file string) ([]byte, error) {
	if file == "" {
		return BundleFor(partition, region), nil
	}
	bundle, err := os.ReadFile(file)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(bundle) {
		err = errors.New("it holds no PEM certificate")
	}
	if err != nil {
		return nil, &world.Problem{Kind: world.ProblemUsage, Doing: "read RDS certificate bundle", Object: file, Err: err,
			Hint: "the file holds one or more certificates in PEM, as the RDS user guide's bundles do"}
	}
	return bundle, nil
}
