package api

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"time"
)

// expired reports whether, and when, the credentials of the kubeconfig have expired,
// where they say so themselves: a token that is a JSON web token, or a certificate.
func (c *Client) expired() (at time.Time, expired bool) {
	for _, until := range []time.Time{tokenExpiry(c.Config.BearerToken), certificateExpiry(c.Config.CertData, c.Config.CertFile)} {
		if !until.IsZero() && until.Before(c.Clock.Now()) {
			return until, true
		}
	}
	return time.Time{}, false
}

// tokenExpiry is until when a JSON web token is good; zero: it is none, or does not say.
func tokenExpiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Expires int64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Expires == 0 {
		return time.Time{}
	}
	return time.Unix(claims.Expires, 0)
}

// certificateExpiry is until when a client certificate is good; zero: there is none.
func certificateExpiry(data []byte, file string) time.Time {
	if len(data) == 0 && file != "" {
		data, _ = os.ReadFile(file)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return time.Time{}
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}
	}
	return certificate.NotAfter
}
