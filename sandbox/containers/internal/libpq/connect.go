package libpq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"k8s.io/utils/clock"

	"podsg/sandbox/containers/internal/clockcontext"
)

// Environment is what surrounds the client.
type Environment struct {
	// Lookup resolves a name. An error's text is what the C library's gai_strerror says.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	Dial   func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// ReadFile reads a file the client names, such as sslrootcert.
	ReadFile func(path string) ([]byte, error)
	Home     string // home directory, for ~/.postgresql/root.crt
	User     string // operating system user, the default for user
	Clock    clock.Clock
}

// tcpConnectLimit is how long Linux goes on sending SYN before it gives up (tcp_syn_retries 6).
const tcpConnectLimit = 127 * time.Second

// errNoPassword is the failure psql answers by asking for a password.
var errNoPassword = errors.New("fe_sendauth: no password supplied")

// NeedsPassword reports whether a connection failed for want of a password.
func NeedsPassword(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.needsPassword
}

// Failure is a failed connection: one message per attempt, as libpq collects them.
type Failure struct {
	messages      []string
	needsPassword bool
}

func (f *Failure) Error() string { return strings.Join(f.messages, "\n") }

// Connect tries every address, and every kind of encryption sslmode allows, in libpq's order.
func Connect(ctx context.Context, o Options, env Environment) (*Conn, error) {
	if err := o.complete(env.User); err != nil {
		return nil, err
	}
	if host := o["host"]; o["hostaddr"] == "" && (host == "" || strings.HasPrefix(host, "/")) {
		return nil, socketFailure(host, o["port"])
	}
	addresses, err := o.addresses(ctx, env)
	if err != nil {
		return nil, err
	}
	failure := &Failure{}
	for _, address := range addresses {
		conn, final := connectTo(ctx, o, env, address, failure)
		if conn != nil {
			return conn, nil
		}
		if final {
			break
		}
	}
	return nil, failure
}

// socketFailure is the answer without a host: no server runs in the container itself.
func socketFailure(directory, port string) error {
	if directory == "" {
		directory = "/var/run/postgresql"
	}
	return fmt.Errorf("connection to server on socket \"%s/.s.PGSQL.%s\" failed: No such file or directory\n"+
		"\tIs the server running locally and accepting connections on that socket?", directory, port)
}

func (o Options) addresses(ctx context.Context, env Environment) ([]netip.Addr, error) {
	if literal := o["hostaddr"]; literal != "" {
		address, err := netip.ParseAddr(literal)
		if err != nil {
			return nil, fmt.Errorf("could not parse network address %q: Name does not resolve", literal)
		}
		return []netip.Addr{address}, nil
	}
	if address, err := netip.ParseAddr(o["host"]); err == nil {
		return []netip.Addr{address}, nil
	}
	addresses, err := env.Lookup(ctx, o["host"])
	if err != nil {
		return nil, fmt.Errorf("could not translate host name %q to address: %w", o["host"], err)
	}
	return addresses, nil
}

// attempts lists whether to encrypt, in the order of the tries.
func (o Options) attempts() []bool {
	switch o["sslmode"] {
	case "disable":
		return []bool{false}
	case "allow":
		return []bool{false, true}
	case "prefer":
		return []bool{true, false}
	}
	return []bool{true}
}

// handshakeTime is the real time that TLS and the login are given at least, however fast the
// clock runs: they are computation and no waiting.
const handshakeTime = 2 * time.Second

// connectTo makes the attempts for one address. final says that no other address is worth a
// try: libpq goes on only when nobody answered, or when a server starts up or shuts down.
func connectTo(ctx context.Context, o Options, env Environment, address netip.Addr, failure *Failure) (c *Conn, final bool) {
	limit := o.limit(env.Clock)
	defer limit.Stop()
	attempts := o.attempts()
	for i, encrypt := range attempts {
		c := &Conn{options: o}
		err := c.open(ctx, o, env, address, encrypt, limit)
		if err == nil {
			return c, false
		}
		c.abandon()
		failure.messages = append(failure.messages, o.describe(address)+" failed: "+err.Error())
		failure.needsPassword = errors.Is(err, errNoPassword)

		var refused *serverError
		isRefused := errors.As(err, &refused)
		final = c.conn != nil && err != errTimeout && !(isRefused && refused.response.Code == codeCannotConnectNow)
		// Another kind of encryption may help after a failed handshake, or after a refusal, which
		// may have been about just that.
		handshakeFailed := c.conn != nil && c.frontend == nil
		if ctx.Err() != nil || err == errTimeout || i == len(attempts)-1 ||
			!handshakeFailed && !(isRefused && c.encrypted() == encrypt) {
			break
		}
	}
	return nil, final
}

// limit starts the time limit for one address.
func (o Options) limit(c clock.Clock) *clockcontext.Limit {
	d := o.timeout()
	if d == 0 {
		d = noTimeout
	}
	return clockcontext.NewLimit(c, d)
}

// noTimeout is as good as none.
const noTimeout = 1 << 62 * time.Nanosecond

// describe names the server as libpq's messages do.
func (o Options) describe(address netip.Addr) string {
	shown := o["hostaddr"]
	if shown == "" {
		shown = o["host"]
	}
	if shown != address.String() {
		return fmt.Sprintf("connection to server at %q (%s), port %s", shown, address, o["port"])
	}
	return fmt.Sprintf("connection to server at %q, port %s", shown, o["port"])
}

// open dials, encrypts and logs in, unless the limit is over first.
func (c *Conn) open(ctx context.Context, o Options, env Environment, address netip.Addr, encrypt bool, limit *clockcontext.Limit) error {
	dialing, cancel := limit.Context(ctx, clockcontext.MinimumWait)
	defer cancel()
	var err error
	if c.conn, err = dial(dialing, env, netip.AddrPortFrom(address, o.port())); err != nil {
		return timeoutOr(dialing, err)
	}
	talking, cancel := limit.Context(ctx, handshakeTime)
	defer cancel()
	defer c.interruptible(talking)()
	if encrypt {
		if err := c.encrypt(talking, o, env); err != nil {
			return timeoutOr(talking, err)
		}
	}
	c.frontend = pgproto3.NewFrontend(c.conn, c.conn)
	return timeoutOr(talking, c.login(o))
}

// errTimeout is a connect_timeout that is over.
var errTimeout = errors.New("timeout expired")

// timeoutOr replaces an error that came of the limit.
func timeoutOr(ctx context.Context, err error) error {
	if err != nil && clockcontext.TimedOut(ctx) {
		return errTimeout
	}
	return err
}

// dial connects by TCP and words a failure as strerror does.
func dial(ctx context.Context, env Environment, to netip.AddrPort) (net.Conn, error) {
	limited, cancel := clockcontext.WithTimeout(ctx, env.Clock, tcpConnectLimit)
	defer cancel()
	conn, err := env.Dial(limited, to)
	if err == nil {
		return conn, nil
	}
	text := err.Error()
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		text = "Connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		text = "Host is unreachable"
	case errors.Is(err, syscall.ENETUNREACH):
		text = "Network unreachable"
	case clockcontext.TimedOut(limited), errors.As(err, &network) && network.Timeout():
		text = "Operation timed out"
	}
	return nil, errors.New(text + "\n\tIs the server running on that host and accepting TCP/IP connections?")
}

// errClosed is what libpq says of a connection that ended without a word.
var errClosed = errors.New("server closed the connection unexpectedly\n" +
	"\tThis probably means the server terminated abnormally\n" +
	"\tbefore or while processing the request.")

// readFailure words an error of reading from the server.
func readFailure(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) {
		return errClosed
	}
	return fmt.Errorf("could not receive data from server: %w", err)
}

// Answer is how a server reacts to a first knock.
type Answer int

// The answers Ping tells apart, with pg_isready's exit codes.
const (
	Accepting  Answer = 0
	Rejecting  Answer = 1
	NoResponse Answer = 2
)

// codeCannotConnectNow is the SQLSTATE of a server that starts up or shuts down.
const codeCannotConnectNow = "57P03"

// Ping asks whether a server accepts connections, without logging in, as PQping does.
func Ping(ctx context.Context, o Options, env Environment) (Answer, error) {
	if err := o.complete(env.User); err != nil {
		return NoResponse, err
	}
	if host := o["host"]; o["hostaddr"] == "" && (host == "" || strings.HasPrefix(host, "/")) {
		return NoResponse, nil
	}
	addresses, err := o.addresses(ctx, env)
	if err != nil {
		return NoResponse, nil
	}
	limit := o.limit(env.Clock)
	defer limit.Stop()
	for _, address := range addresses {
		c := &Conn{options: o}
		answer := c.knock(ctx, o, env, address, limit)
		c.abandon()
		if answer != NoResponse {
			return answer, nil
		}
	}
	return NoResponse, nil
}

// knock sends the startup message and looks at the first answer only.
func (c *Conn) knock(ctx context.Context, o Options, env Environment, address netip.Addr, limit *clockcontext.Limit) Answer {
	dialing, cancel := limit.Context(ctx, clockcontext.MinimumWait)
	defer cancel()
	var err error
	if c.conn, err = dial(dialing, env, netip.AddrPortFrom(address, o.port())); err != nil {
		return NoResponse
	}
	talking, cancel := limit.Context(ctx, handshakeTime)
	defer cancel()
	defer c.interruptible(talking)()
	c.frontend = pgproto3.NewFrontend(c.conn, c.conn)
	c.frontend.Send(o.startupMessage())
	if c.frontend.Flush() != nil {
		return NoResponse
	}
	switch m, err := c.frontend.Receive(); m := m.(type) {
	case *pgproto3.ErrorResponse:
		if m.Code == codeCannotConnectNow {
			return Rejecting
		}
		return Accepting
	default:
		if err != nil {
			return NoResponse
		}
		return Accepting
	}
}
