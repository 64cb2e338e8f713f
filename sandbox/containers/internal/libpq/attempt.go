package libpq

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"podsg/postgres/neutral"
	"podsg/sandbox/containers/internal/clockcontext"
)

// attempt is one try to connect to one address, with encryption or without.
type attempt struct {
	options Options
	env     Environment
	address netip.Addr
	encrypt bool

	dialed bool // there is a TCP connection
	shaken bool // and encryption, where it is wanted
}

// handshakeTime is the real time that TLS and the login are given at least, however fast the
// clock runs: they are computation and no waiting.
const handshakeTime = 6 * time.Second

// tcpConnectLimit is how long Linux goes on sending SYN before it gives up (tcp_syn_retries 6).
const tcpConnectLimit = 127 * time.Second

// passwordAsked is how pgconn puts that a server asks for a password when there is none.
const passwordAsked = `authentication method requirement "none" failed`

// run connects and logs in, unless the limit is over first. The error is pgconn's.
func (a *attempt) run(ctx context.Context, limit *clockcontext.Limit) (*Conn, error) {
	config, err := a.config()
	if err != nil {
		return nil, err
	}
	var noTLS error
	if a.encrypt {
		config.TLSConfig, noTLS = a.options.tlsConfig(a.env)
	}
	whole, end := context.WithCancelCause(ctx)
	defer end(nil)
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := a.dial(ctx, limit)
		if err != nil {
			return nil, err
		}
		if noTLS != nil {
			conn.Close()
			return nil, noTLS // found out only now, as by libpq
		}
		talking, _ := limit.Context(whole, handshakeTime) // ends with whole
		context.AfterFunc(talking, func() { end(context.Cause(talking)) })
		return conn, nil
	}
	config.AfterNetConnect = a.shake
	c := &Conn{options: a.options}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if c.onNotice != nil {
			c.onNotice(n)
		}
	}
	if c.conn, err = pgconn.ConnectConfig(whole, config); err != nil {
		if clockcontext.TimedOut(whole) {
			return nil, errTimeout
		}
		return nil, err
	}
	return c, nil
}

// config says to whom to connect, as whom.
func (a *attempt) config() (*pgconn.Config, error) {
	config, err := neutral.Config(pgconn.ParseConfig)
	if err != nil {
		return nil, err
	}
	o := a.options
	config.Host, config.Port = a.address.String(), o.port()
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	config.User, config.Password, config.Database = o["user"], o["password"], o["dbname"]
	config.ConnectTimeout = 0 // is by the practice clock
	config.RuntimeParams = o.startup()
	if o["channel_binding"] != "" {
		config.ChannelBinding = o["channel_binding"]
	}
	if o["password"] == "" {
		config.RequireAuth = "none"
	}
	return config, nil
}

// shake shakes hands for TLS, which pgconn would do with the first message.
func (a *attempt) shake(ctx context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
	if encrypted, ok := conn.(*tls.Conn); ok {
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return conn, handshakeFailure(err)
		}
	}
	a.shaken = true
	return conn, nil
}

// dial makes the TCP connection.
func (a *attempt) dial(ctx context.Context, limit *clockcontext.Limit) (net.Conn, error) {
	limited, cancel := limit.Context(ctx, clockcontext.MinimumWait)
	defer cancel()
	tcp, cancel := clockcontext.WithTimeout(limited, a.env.Clock, tcpConnectLimit)
	defer cancel()
	conn, err := a.env.Dial(tcp, netip.AddrPortFrom(a.address, a.options.port()))
	if err == nil {
		a.dialed = true
		return conn, nil
	}
	if clockcontext.TimedOut(limited) {
		return nil, errTimeout
	}
	return nil, dialFailure(err, clockcontext.TimedOut(tcp))
}

// codeCannotConnectNow is the SQLSTATE of a server that starts up or shuts down.
const codeCannotConnectNow = "57P03"

// otherAddressMayHelp reports whether libpq goes on to another address: only when nobody
// answered, or when a server starts up or shuts down.
func (a *attempt) otherAddressMayHelp(err error) bool {
	var refused *pgconn.PgError
	return !a.dialed || errors.Is(err, errTimeout) || errors.As(err, &refused) && refused.Code == codeCannotConnectNow
}

// otherEncryptionMayHelp reports whether libpq tries the other kind of encryption: after a
// failed handshake, or after a refusal, which may have been about just that.
func (a *attempt) otherEncryptionMayHelp(err error) bool {
	return a.dialed && !errors.Is(err, errTimeout) && (!a.shaken || errors.As(err, new(*pgconn.PgError)))
}
