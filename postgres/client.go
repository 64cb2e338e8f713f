package postgres

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// defaultConnectTimeout is how long a server may take to let a client in. A
// packet that a security group drops is never answered, so this is how long a
// blocked connection takes to be noticed.
const defaultConnectTimeout = 10 * time.Second

// closeTimeout is how long a goodbye may take.
const closeTimeout = 2 * time.Second

// Client implements [plan.Databases]. Its zero value is ready to use.
type Client struct {
	// ConnectTimeout bounds one attempt to connect; zero: ten seconds.
	ConnectTimeout time.Duration
}

var _ plan.Databases = (*Client)(nil)

// connect logs in to the target's database through dial; a nil dial means this
// machine's own network. Errors are of type [*steps.Problem].
func (c *Client) connect(ctx context.Context, t plan.DatabaseTarget, dial world.DialFunc) (*pgx.Conn, error) {
	config, err := c.config(t, dial)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, problem(ctx, "connect to database", t, err)
	}
	return conn, nil
}

// neutral is a connection string with everything that pgx would else take from
// PG* variables, which are meant for psql: pgx insists on a parsed string, and
// what is in it comes before the environment. The password never is part of a
// string that is parsed and could be quoted in an error.
// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
const neutral = "host=localhost port=5432 user=podsg dbname='' password='' passfile='' connect_timeout=10 " +
	"sslmode=disable sslrootcert='' sslcert='' sslkey='' sslpassword='' sslcertmode=allow sslsni=1 sslnegotiation=postgres " +
	"target_session_attrs=any channel_binding=prefer require_auth='' min_protocol_version=3.0 max_protocol_version=3.0"

// parsing guards the environment while [parseNeutral] has changed it.
var parsing sync.Mutex

// parseNeutral parses neutral. A service that PGSERVICE names is read whatever
// the string says, so the variable is hidden from pgx meanwhile.
func parseNeutral() (*pgx.ConnConfig, error) {
	const service = "PGSERVICE"
	parsing.Lock()
	defer parsing.Unlock()
	if name := os.Getenv(service); name != "" {
		if err := os.Setenv(service, ""); err != nil {
			return nil, err
		}
		defer func() { _ = os.Setenv(service, name) }() // it was valid a moment ago
	}
	return pgx.ParseConfig(neutral)
}

// config makes pgx's configuration from the target alone.
func (c *Client) config(t plan.DatabaseTarget, dial world.DialFunc) (*pgx.ConnConfig, error) {
	config, err := parseNeutral()
	if err != nil {
		return nil, fmt.Errorf("prepare a connection to database %q: %w", t.Host, err)
	}
	tlsConfig, err := tlsFor(t)
	if err != nil {
		return nil, err
	}
	if t.Port < 1 || t.Port > 65535 {
		return nil, world.Usage("a port is a number from 1 to 65535", "connect to database %q: port %d is impossible", t.Host, t.Port)
	}
	config.Host, config.Port = t.Host, uint16(t.Port)
	config.Database, config.User, config.Password = t.Database, t.Username, t.Password.Reveal()
	config.TLSConfig, config.Fallbacks = tlsConfig, nil
	config.RuntimeParams = map[string]string{"application_name": "podsg"}
	config.ConnectTimeout = c.ConnectTimeout
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = defaultConnectTimeout
	}
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	config.DialFunc = pgconn.DialFunc(dial)
	// The name goes to the dialer as it is: at the far end of a forward or a
	// proxy it may resolve where it does not resolve here.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	return config, nil
}

// tlsFor makes the TLS configuration: verify-full, or only encrypted where the
// user chose that.
func tlsFor(t plan.DatabaseTarget) (*tls.Config, error) {
	switch t.TLSMode {
	case intent.TLSVerifyFull, "":
		roots, err := pool(t.Host, t.CA)
		if err != nil {
			return nil, &world.Problem{Kind: world.ProblemUsage, Doing: "verify database", Object: endpoint(t), Err: err, Hint: NoBundleHint}
		}
		return &tls.Config{ServerName: t.Host, RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
	case intent.TLSRequire:
		return &tls.Config{ServerName: t.Host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, nil //nolint:gosec // the user's explicit choice
	default:
		return nil, world.Usage("use verify-full or require", "connect to database %q: TLS mode %q is unknown", t.Host, t.TLSMode)
	}
}

// endpoint is a target in words: host:port/database.
func endpoint(t plan.DatabaseTarget) string {
	return fmt.Sprintf("%s/%s", net.JoinHostPort(t.Host, strconv.Itoa(t.Port)), t.Database)
}
