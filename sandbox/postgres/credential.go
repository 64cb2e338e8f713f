package postgres

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// scramIterations is PostgreSQL's default (scram_iterations).
const scramIterations = 4096

// credential is what the server keeps of a password: enough to check it, not the password.
type credential struct {
	salt      []byte
	storedKey []byte
	serverKey []byte
	md5       string // hex of md5(password + user)
}

// newCredential derives a credential. A password outside of ASCII would have to be normalised
// by SASLprep first; RDS allows printable ASCII only.
func newCredential(user, password string) credential {
	salt := randomBytes(16)
	storedKey, serverKey := scramKeys(password, salt)
	return credential{salt: salt, storedKey: storedKey, serverKey: serverKey, md5: hexMD5(password + user)}
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
		md5:       hex.EncodeToString(randomBytes(md5.Size)),
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

// fitsPassword checks a password that was sent as it is.
func (c credential) fitsPassword(password string) bool {
	storedKey, _ := scramKeys(password, c.salt)
	return subtle.ConstantTimeCompare(storedKey, c.storedKey) == 1
}

// fitsMD5 checks the answer to an md5 challenge.
func (c credential) fitsMD5(salt [4]byte, answer string) bool {
	want := "md5" + hexMD5(c.md5+string(salt[:]))
	return subtle.ConstantTimeCompare([]byte(want), []byte(answer)) == 1
}

func hexMD5(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func hmacSHA256(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}
