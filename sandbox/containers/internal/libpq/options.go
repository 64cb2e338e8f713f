// Package libpq connects to PostgreSQL the way the C library of that name does: the same
// connection parameters, the same order of attempts and the same words when they fail.
//
// The protocol itself is pgconn's.
package libpq

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options are connection parameters by their libpq key words, such as host or sslmode.
type Options map[string]string

// keywords are the parameters that are understood or, like gssencmode, have no effect here.
var keywords = []string{
	"host", "hostaddr", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "connect_timeout",
	"application_name", "fallback_application_name", "channel_binding", "client_encoding", "options",
	"gssencmode", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
	"tcp_user_timeout", "target_session_attrs", "sslsni", "sslcompression",
}

// environment maps variables to key words.
var environment = map[string]string{
	"PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password",
	"PGDATABASE": "dbname", "PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert",
	"PGCONNECT_TIMEOUT": "connect_timeout", "PGAPPNAME": "application_name",
	"PGCHANNELBINDING": "channel_binding", "PGOPTIONS": "options",
}

// FromEnvironment reads the PG… variables.
func FromEnvironment(getenv func(string) string) Options {
	o := Options{}
	for variable, keyword := range environment {
		if value := getenv(variable); value != "" {
			o[keyword] = value
		}
	}
	return o
}

// IsConninfo reports whether a database name is really a connection string.
func IsConninfo(dbname string) bool { return isURI(dbname) || strings.Contains(dbname, "=") }

func isURI(s string) bool {
	return strings.HasPrefix(s, "postgresql://") || strings.HasPrefix(s, "postgres://")
}

// ParseConninfo reads a connection string: a URI or key words with values.
func ParseConninfo(s string) (Options, error) {
	if isURI(s) {
		return parseURI(s)
	}
	return parseKeywords(s)
}

func parseURI(s string) (Options, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The text is not repeated, for it may hold a password.
		return nil, fmt.Errorf("invalid connection URI")
	}
	o := Options{}
	set := func(keyword, value string) {
		if value != "" {
			o[keyword] = value
		}
	}
	set("host", u.Hostname())
	set("port", u.Port())
	set("user", u.User.Username())
	if password, given := u.User.Password(); given {
		set("password", password)
	}
	set("dbname", strings.TrimPrefix(u.Path, "/"))
	for keyword, values := range u.Query() {
		if !slices.Contains(keywords, keyword) {
			return nil, fmt.Errorf("invalid URI query parameter: %q", keyword)
		}
		o[keyword] = values[len(values)-1]
	}
	return o, nil
}

func parseKeywords(s string) (Options, error) {
	o := Options{}
	rest := strings.TrimLeft(s, " \t\n")
	for rest != "" {
		end := strings.IndexAny(rest, "= \t\n")
		if end < 0 {
			end = len(rest)
		}
		keyword := rest[:end]
		rest = strings.TrimLeft(rest[end:], " \t\n")
		if !strings.HasPrefix(rest, "=") {
			return nil, fmt.Errorf("missing \"=\" after %q in connection info string", keyword)
		}
		var value string
		var err error
		if value, rest, err = takeValue(strings.TrimLeft(rest[1:], " \t\n")); err != nil {
			return nil, err
		}
		if !slices.Contains(keywords, keyword) {
			return nil, fmt.Errorf("invalid connection option %q", keyword)
		}
		o[keyword] = value
		rest = strings.TrimLeft(rest, " \t\n")
	}
	return o, nil
}

// takeValue reads one value, which may be quoted, and returns what follows it.
func takeValue(s string) (value, rest string, err error) {
	quoted := strings.HasPrefix(s, "'")
	if quoted {
		s = s[1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quoted && c == '\'':
			return b.String(), s[i+1:], nil
		case !quoted && strings.IndexByte(" \t\n", c) >= 0:
			return b.String(), s[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return "", "", fmt.Errorf("unterminated quoted string in connection info string")
	}
	return b.String(), "", nil
}

var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// complete fills in the defaults and refuses impossible values.
func (o Options) complete(osUser string) error {
	fallback := func(keyword, value string) {
		if o[keyword] == "" {
			o[keyword] = value
		}
	}
	fallback("port", "5432")
	fallback("user", osUser)
	fallback("dbname", o["user"])
	fallback("sslmode", "prefer")
	fallback("application_name", o["fallback_application_name"])
	if !slices.Contains(sslModes, o["sslmode"]) {
		return fmt.Errorf("invalid sslmode value: %q", o["sslmode"])
	}
	port, err := strconv.Atoi(o["port"])
	if err != nil {
		return fmt.Errorf("invalid integer value %q for connection option \"port\"", o["port"])
	}
	if port < 1 || port > 65535 {
		return fmt.Errorf("invalid port number: %q", o["port"])
	}
	if o["connect_timeout"] != "" {
		if _, err := strconv.Atoi(o["connect_timeout"]); err != nil {
			return fmt.Errorf("invalid integer value %q for connection option \"connect_timeout\"", o["connect_timeout"])
		}
	}
	return nil
}

// startup are the parameters that the session starts with.
func (o Options) startup() map[string]string {
	parameters := map[string]string{}
	for _, keyword := range []string{"application_name", "client_encoding", "options"} {
		if o[keyword] != "" {
			parameters[keyword] = o[keyword]
		}
	}
	return parameters
}

func (o Options) port() uint16 {
	port, _ := strconv.ParseUint(o["port"], 10, 16) // checked by complete
	return uint16(port)
}

// timeout is the limit for each address, 0 for none. libpq waits two seconds at least.
func (o Options) timeout() time.Duration {
	seconds, _ := strconv.Atoi(o["connect_timeout"]) // checked by complete
	if seconds <= 0 {
		return 0
	}
	return time.Duration(max(seconds, 2)) * time.Second
}
