package libpq

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
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
	if o.local() {
		return nil, socketFailure(o["host"], o["port"])
	}
	addresses, err := o.addresses(ctx, env)
	if err != nil {
		return nil, err
	}
	failure := &Failure{}
	for _, address := range addresses {
		conn, goOn := connectTo(ctx, o, env, address, failure)
		if conn != nil {
			return conn, nil
		}
		if !goOn {
			break
		}
	}
	return nil, failure
}

// local reports whether a socket of the machine itself is meant.
func (o Options) local() bool {
	return o["hostaddr"] == "" && (o["host"] == "" || strings.HasPrefix(o["host"], "/"))
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

// connectTo makes the attempts for one address. goOn says that another address is worth a try.
func connectTo(ctx context.Context, o Options, env Environment, address netip.Addr, failure *Failure) (c *Conn, goOn bool) {
	limit := o.limit(env.Clock)
	defer limit.Stop()
	for _, encrypt := range o.attempts() {
		a := &attempt{options: o, env: env, address: address, encrypt: encrypt}
		c, err := a.run(ctx, limit)
		if err == nil {
			return c, false
		}
		goOn = a.otherAddressMayHelp(err)
		said := inWords(err)
		failure.needsPassword = said == errNoPassword
		if said != errNoTLS || o["sslmode"] != "prefer" { // where it is no failure
			failure.messages = append(failure.messages, o.describe(address)+" failed: "+said.Error())
		}
		if ctx.Err() != nil || !a.otherEncryptionMayHelp(err) {
			break
		}
	}
	return nil, goOn
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

// Answer is how a server reacts to a first knock.
type Answer int

// The answers Ping tells apart, with pg_isready's exit codes.
const (
	Accepting  Answer = 0
	Rejecting  Answer = 1
	NoResponse Answer = 2
)

// Ping asks whether a server accepts connections, without logging in, as PQping does.
func Ping(ctx context.Context, o Options, env Environment) (Answer, error) {
	delete(o, "password")
	if err := o.complete(env.User); err != nil {
		return NoResponse, err
	}
	if o.local() {
		return NoResponse, nil
	}
	addresses, err := o.addresses(ctx, env)
	if err != nil {
		return NoResponse, nil
	}
	limit := o.limit(env.Clock)
	defer limit.Stop()
	for _, address := range addresses {
		a := &attempt{options: o, env: env, address: address}
		conn, err := a.run(ctx, limit)
		var refused *pgconn.PgError
		switch {
		case err == nil:
			conn.Close()
			return Accepting, nil
		case errors.As(err, &refused) && refused.Code == codeCannotConnectNow:
			return Rejecting, nil
		case refused != nil, inWords(err) == errNoPassword:
			return Accepting, nil
		}
	}
	return NoResponse, nil
}
