package containers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"podsg/sandbox/containers/internal/clockcontext"
	"podsg/sandbox/containers/internal/libpq"
)

// shopProgram is an application as people have them: it serves HTTP, and asks
// others. It is configured by variables:
//
//	NAME   what it calls itself
//	PORT   where it serves; without one it does not
//	CALLS  whom it asks, as NAME=URL with blanks between: http://HOST:PORT/PATH, cache://HOST:PORT, or
//	       database: for the one that DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD and DB_SSLMODE name
//	EVERY  asks them all by itself, at this interval; without it, for every request that it serves
//
// Without PORT and EVERY it asks them once and ends. "/healthz" answers as long
// as it serves; any other path with an error when somebody whom it asks failed.
func shopProgram(ctx context.Context, p *invocation) int {
	s := &shop{invocation: p, name: p.getenv("NAME"), counts: map[string]*callCount{}}
	for _, entry := range strings.Fields(p.getenv("CALLS")) {
		name, target, _ := strings.Cut(entry, "=")
		u, err := url.Parse(target)
		if err != nil {
			fmt.Fprintf(p.stderr, "%s: CALLS: %v\n", s.name, err)
			return 1
		}
		s.calls = append(s.calls, call{name: name, target: u})
	}
	interval, repeats := seconds(p.getenv("EVERY"))
	port, err := portNumber(p.getenv("PORT"))
	serves := err == nil
	var work sync.WaitGroup
	if repeats {
		work.Go(func() { s.repeat(ctx, interval) })
	}
	switch {
	case serves:
		err = s.serve(ctx, port)
	case repeats:
		<-ctx.Done()
	default:
		err = s.askAll(ctx)
	}
	work.Wait()
	s.hangUp()
	if err != nil {
		fmt.Fprintf(p.stderr, "%s: %v\n", s.name, err)
		return 1
	}
	return 0
}

// A shop is the application while it runs.
type shop struct {
	*invocation
	name  string
	calls []call

	mu       sync.Mutex
	counts   map[string]*callCount
	database *libpq.Conn // the session before the one that is being used
}

// A call is somebody whom the application asks.
type call struct {
	name   string
	target *url.URL
}

// A callCount is how the requests to somebody went.
type callCount struct{ good, failed int }

// How long the application waits for an answer: for a request that others are
// asked for, longer than they are waited for.
const (
	shopPatience = 3 * time.Second
	httpPatience = 10 * time.Second
	// machinePatience is the least of them in the machine's time, which a busy
	// machine may need for what takes no time in a container.
	machinePatience     = 4 * time.Second
	machinePatienceHTTP = 15 * time.Second
	machineConnect      = 2 * time.Second
	// machineInterval is the least time between its own requests.
	machineInterval = 150 * time.Millisecond
	logInterval     = 20 // requests to one whom it asks between two lines
)

// repeat asks everybody again and again.
func (s *shop) repeat(ctx context.Context, interval time.Duration) {
	for ctx.Err() == nil {
		least := time.NewTimer(machineInterval)
		_ = s.askAll(ctx) // it is counted and logged
		if s.sleep(ctx, interval) != nil {
			least.Stop()
			return
		}
		select {
		case <-least.C:
		case <-ctx.Done():
		}
	}
}

// askAll asks everybody, and returns what went wrong.
func (s *shop) askAll(ctx context.Context) error {
	var wrong []error
	for _, c := range s.calls {
		if err := s.ask(ctx, c); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// errAnswer is an answer that tells of an error.
type errAnswer struct{ status string }

func (e errAnswer) Error() string { return e.status }

func (s *shop) ask(ctx context.Context, c call) error {
	ended := func(Outcome) {}
	if counter, ok := s.container.spec.Network.(Counter); ok {
		ended = counter.Begin(s.name + " → " + c.name)
	}
	err := s.send(ctx, c)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	outcome := Good
	var answer errAnswer
	switch {
	case errors.As(err, &answer):
		outcome = Errored
	case err != nil:
		outcome = Failed
	}
	ended(outcome)
	s.log(c, err)
	return err
}

// log tells of every failure, and now and then how many requests there were.
func (s *shop) log(c call, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := s.counts[c.name]
	if count == nil {
		count = &callCount{}
		s.counts[c.name] = count
	}
	at := s.container.spec.Clock.Now().UTC().Format(time.RFC3339)
	if err != nil {
		count.failed++
		fmt.Fprintf(s.stdout, "%s %s: request to %s failed: %v\n", at, s.name, c.name, err)
	} else {
		count.good++
	}
	if n := count.good + count.failed; n == 1 || n%logInterval == 0 {
		fmt.Fprintf(s.stdout, "%s %s: requests to %s: %d good, %d failed\n", at, s.name, c.name, count.good, count.failed)
	}
}

func (s *shop) send(ctx context.Context, c call) error {
	patience, least := shopPatience, machinePatience
	if c.target.Scheme == "http" {
		patience, least = httpPatience, machinePatienceHTTP
	}
	limit := clockcontext.NewLimit(s.container.spec.Clock, patience)
	defer limit.Stop()
	limited, cancel := limit.Context(ctx, least)
	defer cancel()
	switch c.target.Scheme {
	case "http":
		return s.sendHTTP(limited, c.target)
	case "cache":
		return s.sendCache(limited, c.target)
	case "database":
		return s.sendDatabase(limited)
	}
	return fmt.Errorf("unsupported protocol scheme %q", c.target.Scheme)
}

// dialHost connects to a host by its name.
func (s *shop) dialHost(ctx context.Context, host, port string) (net.Conn, error) {
	number, err := portNumber(port)
	if err != nil {
		return nil, err
	}
	addresses, err := s.container.resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("dial tcp: lookup %s: %w", host, err)
	}
	// Whom a security group keeps away is not waited for as long as for an answer.
	limit := clockcontext.NewLimit(s.container.spec.Clock, shopPatience)
	defer limit.Stop()
	limited, cancel := limit.Context(ctx, machineConnect)
	defer cancel()
	conn, err := s.container.dial(limited, netip.AddrPortFrom(addresses[0], number))
	if err != nil && limited.Err() != nil {
		return nil, fmt.Errorf("dial tcp %s:%d: i/o timeout", addresses[0], number)
	}
	return conn, err
}

func (s *shop) sendHTTP(ctx context.Context, to *url.URL) error {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return s.dialHost(ctx, host, port)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusInternalServerError {
		return errAnswer{resp.Status}
	}
	return nil
}

// sendCache asks a cache that speaks the protocol of Redis.
func (s *shop) sendCache(ctx context.Context, to *url.URL) error {
	conn, err := s.dialHost(ctx, to.Hostname(), to.Port())
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(line) != "+PONG":
		return errAnswer{strings.TrimSpace(line)}
	}
	return nil
}

// sendDatabase asks the database in a new session. The one before ends only
// then, so that there is always one, as with a pool.
func (s *shop) sendDatabase(ctx context.Context) error {
	options := libpq.Options{"application_name": s.name, "connect_timeout": "5"}
	for variable, keyword := range map[string]string{
		"DB_HOST": "host", "DB_PORT": "port", "DB_NAME": "dbname", "DB_USER": "user", "DB_PASSWORD": "password", "DB_SSLMODE": "sslmode",
	} {
		if value := s.getenv(variable); value != "" {
			options[keyword] = value
		}
	}
	conn, err := libpq.Connect(ctx, options, s.libpqEnvironment())
	if err != nil {
		return err
	}
	var refused *pgconn.PgError
	_, err = conn.Query(ctx, "select 1", libpq.Handler{
		Result: func(*pgconn.Result) {}, Notice: func(*pgconn.Notice) {}, Error: func(e *pgconn.PgError) { refused = e },
	})
	s.mu.Lock()
	before := s.database
	s.database = conn
	s.mu.Unlock()
	if before != nil {
		before.Close()
	}
	if refused != nil {
		return refused
	}
	return err
}

// hangUp ends the last session with the database.
func (s *shop) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.database != nil {
		s.database.Close()
	}
}

// serve answers requests until the container is stopped. Those that have begun
// are answered all the same: that is computation, which a faster clock does not
// shorten as it does the pod's grace period.
func (s *shop) serve(ctx context.Context, port uint16) error {
	l, err := s.container.ports.listen(port)
	if err != nil {
		return fmt.Errorf("listen tcp :%d: %w", port, err)
	}
	defer l.close()
	fmt.Fprintf(s.stdout, "%s: listening on :%d\n", s.name, port)
	repeats := s.getenv("EVERY") != ""
	server := &http.Server{ReadHeaderTimeout: machinePatienceHTTP, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" && !repeats {
			if err := s.askAll(r.Context()); err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
		}
		fmt.Fprintln(w, s.name)
	})}
	err = server.Serve(accepting{l, ctx, port})
	if ctx.Err() == nil {
		return err
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), machinePatience)
	defer cancel()
	if server.Shutdown(limited) != nil {
		_ = server.Close()
	}
	return nil
}

// accepting is a listening socket of a container as net/http wants it.
type accepting struct {
	*listener
	ctx  context.Context
	port uint16
}

// Accept implements [net.Listener].
func (a accepting) Accept() (net.Conn, error) { return a.accept(a.ctx) }

// Close implements [net.Listener].
func (a accepting) Close() error {
	a.close()
	return nil
}

// Addr implements [net.Listener].
func (a accepting) Addr() net.Addr { return &net.TCPAddr{Port: int(a.port)} }
