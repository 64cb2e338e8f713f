package libpq

import (
	"crypto"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	mechanismSCRAM     = "SCRAM-SHA-256"
	mechanismSCRAMPlus = "SCRAM-SHA-256-PLUS"
)

// scramClient is the client's side of RFC 5802, with channel binding where both ends can.
type scramClient struct {
	mechanism string
	password  string
	header    string // gs2 header
	binding   []byte // the header, and with channel binding the hash of the certificate
	nonce     string
	signature []byte // the server's, as it must be
	verified  bool
}

func newSCRAMClient(password string, certHash []byte, offered []string) *scramClient {
	x := &scramClient{mechanism: mechanismSCRAM, password: password, header: "n,,"}
	if certHash != nil {
		x.header = "y,,"
		if slices.Contains(offered, mechanismSCRAMPlus) {
			x.mechanism, x.header = mechanismSCRAMPlus, "p=tls-server-end-point,,"
		}
	}
	x.binding = []byte(x.header)
	if x.mechanism == mechanismSCRAMPlus {
		x.binding = append(x.binding, certHash...)
	}
	nonce := make([]byte, 18)
	_, _ = rand.Read(nonce) // never fails
	x.nonce = base64.StdEncoding.EncodeToString(nonce)
	return x
}

func (x *scramClient) firstBare() string { return "n=,r=" + x.nonce }

func (x *scramClient) first() string { return x.header + x.firstBare() }

// final answers the server's challenge with the proof of the password.
func (x *scramClient) final(challenge string) (string, error) {
	var nonce, salt64, iterations string
	for attribute := range strings.SplitSeq(challenge, ",") {
		switch value := attribute[min(2, len(attribute)):]; {
		case strings.HasPrefix(attribute, "r="):
			nonce = value
		case strings.HasPrefix(attribute, "s="):
			salt64 = value
		case strings.HasPrefix(attribute, "i="):
			iterations = value
		}
	}
	salt, err := base64.StdEncoding.DecodeString(salt64)
	rounds, err2 := strconv.Atoi(iterations)
	if err != nil || err2 != nil || rounds < 1 || !strings.HasPrefix(nonce, x.nonce) || nonce == x.nonce {
		return "", errors.New("malformed SCRAM message")
	}
	salted, err := pbkdf2.Key(sha256.New, x.password, salt, rounds, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("derive SCRAM key: %w", err)
	}
	withoutProof := "c=" + base64.StdEncoding.EncodeToString(x.binding) + ",r=" + nonce
	authMessage := x.firstBare() + "," + challenge + "," + withoutProof
	clientKey := hmacSHA256(salted, "Client Key")
	storedKey := sha256.Sum256(clientKey)
	subtle.XORBytes(clientKey, clientKey, hmacSHA256(storedKey[:], authMessage))
	x.signature = hmacSHA256(hmacSHA256(salted, "Server Key"), authMessage)
	return withoutProof + ",p=" + base64.StdEncoding.EncodeToString(clientKey), nil
}

// verify checks that the server knows the password too.
func (x *scramClient) verify(outcome string) error {
	signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(outcome, "v="))
	if err != nil || subtle.ConstantTimeCompare(signature, x.signature) != 1 {
		return errors.New("incorrect server signature")
	}
	x.verified = true
	return nil
}

func hmacSHA256(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

// certHash is the tls-server-end-point binding of RFC 5929, nil without TLS or when the
// options rule it out.
func (c *Conn) certHash(o Options) []byte {
	if !c.encrypted() || o["channel_binding"] == "disable" {
		return nil
	}
	cert := c.tls.ConnectionState().PeerCertificates[0]
	hash := crypto.SHA256
	switch cert.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		hash = crypto.SHA512
	case x509.PureEd25519:
		return nil
	}
	h := hash.New()
	h.Write(cert.Raw)
	return h.Sum(nil)
}
