package postgres

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"podsg/postgres/neutral"
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

// config makes pgx's configuration from the target alone.
func (c *Client) config(t plan.DatabaseTarget, dial world.DialFunc) (*pgx.ConnConfig, error) {
	config, err := neutral.Config(pgx.ParseConfig)
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
		return &tls.Config{ServerName: t.Host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, nil // the user's explicit choice
	default:
		return nil, world.Usage("use verify-full or require", "connect to database %q: TLS mode %q is unknown", t.Host, t.TLSMode)
	}
}

// endpoint is a target in words: host:port/database.
func endpoint(t plan.DatabaseTarget) string {
	return fmt.Sprintf("%s/%s", net.JoinHostPort(t.Host, strconv.Itoa(t.Port)), t.Database)
}
