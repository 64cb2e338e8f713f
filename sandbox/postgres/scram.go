package postgres

import (
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"podsg/sandbox/postgres/internal/sqlerror"
)

// The SASL mechanisms of PostgreSQL.
const (
	mechanismSCRAM     = "SCRAM-SHA-256"
	mechanismSCRAMPlus = "SCRAM-SHA-256-PLUS"
)

// scramExchange is the server's side of one login by RFC 5802 and RFC 7677.
type scramExchange struct {
	credential credential
	certHash   []byte // of the server's certificate; nil offers no channel binding
	plus       bool   // the client chose the mechanism with channel binding

	header      string // gs2 header of the first message
	clientFirst string // first message without it
	serverFirst string
	nonce       string
}

// mechanisms are those to offer, the strongest first.
func (x *scramExchange) mechanisms() []string {
	if x.certHash != nil {
		return []string{mechanismSCRAMPlus, mechanismSCRAM}
	}
	return []string{mechanismSCRAM}
}

// first answers the client's first message.
func (x *scramExchange) first(mechanism, message string) (string, *sqlerror.Error) {
	if !slices.Contains(x.mechanisms(), mechanism) {
		return "", fatal("08P01", "client selected an invalid SASL authentication mechanism")
	}
	x.plus = mechanism == mechanismSCRAMPlus
	parts := strings.SplitN(message, ",", 3)
	if len(parts) != 3 {
		return "", malformed("The message is too short.")
	}
	x.header, x.clientFirst = parts[0]+","+parts[1]+",", parts[2]
	switch binding := parts[0]; {
	case binding == "n" && !x.plus:
	case binding == "y" && !x.plus && x.certHash == nil:
	case binding == "y" && !x.plus:
		e := fatal("28000", "SCRAM channel binding negotiation error")
		e.Detail = "The client supports SCRAM channel binding but thinks the server does not.  However, this server does support channel binding."
		return "", e
	case binding == "p=tls-server-end-point" && x.plus:
	default:
		return "", malformed("Unexpected channel-binding flag.")
	}
	clientNonce, ok := attribute(x.clientFirst, 'r')
	if !ok || clientNonce == "" {
		return "", malformed("Nonce expected.")
	}
	x.nonce = clientNonce + base64.StdEncoding.EncodeToString(randomBytes(18))
	x.serverFirst = fmt.Sprintf("r=%s,s=%s,i=%d", x.nonce,
		base64.StdEncoding.EncodeToString(x.credential.salt), scramIterations)
	return x.serverFirst, nil
}

// final checks the client's proof. It returns the server's signature, empty when the password
// is wrong.
func (x *scramExchange) final(message string) (string, *sqlerror.Error) {
	withoutProof, encoded, ok := strings.Cut(message, ",p=")
	if !ok {
		return "", malformed("Proof expected.")
	}
	proof, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(proof) != sha256.Size {
		return "", malformed("Malformed proof in client-final-message.")
	}
	binding := []byte(x.header)
	if x.plus {
		binding = append(binding, x.certHash...)
	}
	if c, _ := attribute(withoutProof, 'c'); c != base64.StdEncoding.EncodeToString(binding) {
		return "", fatal("28000", "SCRAM channel binding check failed")
	}
	if r, _ := attribute(withoutProof, 'r'); r != x.nonce {
		return "", malformed("Nonce does not match.")
	}
	authMessage := x.clientFirst + "," + x.serverFirst + "," + withoutProof
	clientKey := hmacSHA256(x.credential.storedKey, authMessage)
	subtle.XORBytes(clientKey, clientKey, proof)
	derived := sha256.Sum256(clientKey)
	if subtle.ConstantTimeCompare(derived[:], x.credential.storedKey) != 1 {
		return "", nil
	}
	return "v=" + base64.StdEncoding.EncodeToString(hmacSHA256(x.credential.serverKey, authMessage)), nil
}

func malformed(detail string) *sqlerror.Error {
	e := fatal("08P01", "malformed SCRAM message")
	e.Detail = detail
	return e
}

// attribute finds the value of one of a message's comma-separated attributes.
func attribute(message string, name byte) (string, bool) {
	for a := range strings.SplitSeq(message, ",") {
		if len(a) > 1 && a[0] == name && a[1] == '=' {
			return a[2:], true
		}
	}
	return "", false
}

// endpointHash is the tls-server-end-point binding of RFC 5929: the certificate hashed with the
// algorithm of its signature, or with SHA-256 where that is weaker.
func endpointHash(config *tls.Config) []byte {
	if len(config.Certificates) == 0 || len(config.Certificates[0].Certificate) == 0 {
		return nil
	}
	raw := config.Certificates[0].Certificate[0]
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil
	}
	hash := crypto.SHA256
	switch cert.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		hash = crypto.SHA512
	case x509.PureEd25519:
		return nil // RFC 5929 does not define it
	}
	h := hash.New()
	h.Write(raw)
	return h.Sum(nil)
}
