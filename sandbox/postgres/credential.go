package postgres

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
)

// scramIterations is PostgreSQL's default (scram_iterations).
const scramIterations = 4096

// credential is what the server keeps of a password: enough to check it, not the password.
type credential struct {
	salt      []byte
	storedKey []byte
	serverKey []byte
}

// newCredential derives a credential. A password outside of ASCII would have to be normalised
// by SASLprep first; RDS allows printable ASCII only.
func newCredential(password string) credential {
	salt := randomBytes(16)
	storedKey, serverKey := scramKeys(password, salt)
	return credential{salt: salt, storedKey: storedKey, serverKey: serverKey}
}

// scramKeys computes StoredKey and ServerKey of RFC 5802.
func scramKeys(password string, salt []byte) (storedKey, serverKey []byte) {
	salted, err := pbkdf2.Key(sha256.New, password, salt, scramIterations, sha256.Size)
	if err != nil {
		// Only a FIPS 140-only build refuses these lengths; then no password fits.
		return randomBytes(sha256.Size), randomBytes(sha256.Size)
	}
	stored := sha256.Sum256(hmacSHA256(salted, "Client Key"))
	return stored[:], hmacSHA256(salted, "Server Key")
}

// mockCredential is for a user that does not exist: no password fits, and the salt is the same
// each time, so that a client cannot tell.
func (s *Server) mockCredential(user string) credential {
	return credential{
		salt:      hmacSHA256(s.secret, user)[:16],
		storedKey: randomBytes(sha256.Size),
		serverKey: randomBytes(sha256.Size),
	}
}

func (s *Server) credential(user string) credential {
	s.mu.Lock()
	c, known := s.users[user]
	s.mu.Unlock()
	if !known {
		return s.mockCredential(user)
	}
	return c
}

func hmacSHA256(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}
