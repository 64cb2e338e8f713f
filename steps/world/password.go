package world

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
)

// Password is a database password. It prints as *** by every verb and every
// marshaller, so that it cannot reach a screen, a log, a journal or an export
// by accident. [Password.Reveal] is the only way to its text.
type Password struct{ text string }

// passwordMask is what a password looks like on every surface.
const passwordMask = "***"

// NewPassword wraps a text that is a secret.
func NewPassword(text string) Password { return Password{text: text} }

// Reveal returns the secret itself, to be handed to a server and nowhere else.
func (p Password) Reveal() string { return p.text }

// IsZero reports whether there is no password.
func (p Password) IsZero() bool { return p.text == "" }

// String implements [fmt.Stringer].
func (p Password) String() string { return passwordMask }

// GoString implements [fmt.GoStringer].
func (p Password) GoString() string { return passwordMask }

// Format implements [fmt.Formatter], for the verbs that look inside a value.
func (p Password) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, passwordMask) }

// MarshalText implements [encoding.TextMarshaler]; JSON and YAML encoders use it.
func (p Password) MarshalText() ([]byte, error) { return []byte(passwordMask), nil }

// MarshalJSON implements [json.Marshaler].
func (p Password) MarshalJSON() ([]byte, error) { return []byte(`"` + passwordMask + `"`), nil }

// MarshalYAML implements the marshaller of YAML packages.
func (p Password) MarshalYAML() (any, error) { return passwordMask, nil }

// LogValue implements [slog.LogValuer].
func (p Password) LogValue() slog.Value { return slog.StringValue(passwordMask) }

// passwordAlphabet holds only letters and digits: RDS refuses / " @ and the
// space in a master password, and letters and digits need no quoting anywhere.
const passwordAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"

// passwordLength is well inside RDS's bounds for PostgreSQL (8 to 128).
const passwordLength = 30

// GeneratePassword makes a random password that RDS accepts.
func GeneratePassword() (Password, error) {
	// Bytes beyond the last whole multiple of the alphabet are thrown away, so
	// that every letter is equally likely.
	limit := byte(256 - 256%len(passwordAlphabet))
	out := make([]byte, 0, passwordLength)
	buf := make([]byte, 2*passwordLength)
	for len(out) < passwordLength {
		if _, err := rand.Read(buf); err != nil {
			return Password{}, fmt.Errorf("read random bytes for the database password: %w", err)
		}
		for _, b := range buf {
			if b < limit && len(out) < passwordLength {
				out = append(out, passwordAlphabet[int(b)%len(passwordAlphabet)])
			}
		}
	}
	return Password{text: string(out)}, nil
}
