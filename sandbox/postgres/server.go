// Package postgres is the practice world's PostgreSQL server: the wire protocol with TLS and
// SCRAM in front of a small SQL engine. A Server stands for one RDS instance.
//
// It answers pgx and psql as a real server of the configured version does, with PostgreSQL's
// own error texts and SQLSTATEs; what its engine cannot do it refuses with SQLSTATE 0A000.
package postgres

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"podsg/sandbox/postgres/internal/engine"
	"podsg/sandbox/postgres/internal/sqlerror"
)

// Config describes a server. The zero value is a server without TLS.
type Config struct {
	// TLS is the server's certificate; nil refuses encryption. Only the first certificate is
	// bound to a login by SCRAM-SHA-256-PLUS.
	TLS *tls.Config
	// ForceTLS refuses connections without TLS, as rds.force_ssl=1 does.
	ForceTLS bool
	// Version is the server_version, such as "17.5". The default is DefaultVersion.
	Version string
	// Address and Port are what inet_server_addr() and inet_server_port() answer. The default
	// is the connection's own local address and 5432.
	Address netip.Addr
	Port    uint16
	// MaxConnections defaults to DefaultMaxConnections.
	MaxConnections int
	// Clock tells the time to pg_sleep(). The default is the real clock.
	Clock clock.Clock
}

// Defaults of a Config.
const (
	DefaultVersion        = "17.5"
	DefaultPort           = 5432
	DefaultMaxConnections = 81 // what RDS computes for a db.t4g.micro
)

// ErrServerClosed is returned by Serve after Close.
var ErrServerClosed = errors.New("postgres server closed")

// Server serves databases until Close. Its methods may be called at any time from any
// goroutine.
type Server struct {
	config   Config
	tls      *tls.Config
	certHash []byte // for channel binding, nil without
	secret   []byte // from which the salts of unknown users are made

	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	active sync.WaitGroup

	mu        sync.Mutex
	forceTLS  bool // at first as the Config says
	starting  bool
	closed    bool
	users     map[string]credential
	databases map[string]*engine.Database
	listeners map[net.Listener]struct{}
	sessions  map[uint32]*connection // by process id
	lastPID   uint32
	slots     int // taken of MaxConnections
}

// NewServer returns a server without users and databases.
func NewServer(config Config) *Server {
	if config.Version == "" {
		config.Version = DefaultVersion
	}
	if config.Port == 0 {
		config.Port = DefaultPort
	}
	if config.MaxConnections == 0 {
		config.MaxConnections = DefaultMaxConnections
	}
	if config.Clock == nil {
		config.Clock = clock.RealClock{}
	}
	s := &Server{
		config:    config,
		forceTLS:  config.ForceTLS,
		secret:    randomBytes(32),
		users:     map[string]credential{},
		databases: map[string]*engine.Database{},
		listeners: map[net.Listener]struct{}{},
		sessions:  map[uint32]*connection{},
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	if config.TLS != nil {
		s.tls = config.TLS.Clone()
		// A client that offers protocols by ALPN offers this one.
		s.tls.NextProtos = []string{"postgresql"}
		s.certHash = endpointHash(s.tls)
	}
	return s
}

// randomBytes never fails: crypto/rand ends the program rather than return an error.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// SetPassword creates a user, or changes the password of one. Sessions that are logged in stay.
func (s *Server) SetPassword(user, password string) {
	c := newCredential(password)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[user] = c
}

// SetForceTLS changes whether connections without TLS are refused. Those that are open stay.
func (s *Server) SetForceTLS(force bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forceTLS = force
}

func (s *Server) forcesTLS() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forceTLS
}

// CreateDatabase makes an empty database that belongs to owner. An existing one stays as it is.
func (s *Server) CreateDatabase(name, owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.databases[name] == nil {
		s.databases[name] = engine.NewDatabase(name, owner)
	}
}

// SetStarting makes the server refuse new sessions with SQLSTATE 57P03, as while it starts up,
// or accept them again.
func (s *Server) SetStarting(starting bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting = starting
}

// Serve accepts connections until the listener fails or the server is closed, when it returns
// ErrServerClosed. The clients' addresses are those of the connections.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.listeners[l] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, l)
		s.mu.Unlock()
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			closed := s.closed
			s.mu.Unlock()
			if closed {
				return ErrServerClosed
			}
			return fmt.Errorf("accept connection: %w", err)
		}
		go s.ServeConn(c, addrPort(c.RemoteAddr()).Addr())
	}
}

// ServeConn serves one connection and closes it. clientAddr is the address the client has in
// the world the server is part of: what inet_client_addr() answers.
func (s *Server) ServeConn(c net.Conn, clientAddr netip.Addr) {
	defer c.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.active.Add(1)
	s.mu.Unlock()
	defer s.active.Done()

	// Close must not wait for a client that says nothing.
	stop := context.AfterFunc(s.ctx, func() { c.SetReadDeadline(time.Now()) })
	defer stop()
	k := newConnection(s, c, clientAddr.Unmap())
	if k.start() {
		k.serve()
	}
}

// Close ends all sessions with SQLSTATE 57P01 and closes the listeners given to Serve. It
// returns when everything has ended.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var errs []error
	for l := range s.listeners {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.mu.Unlock()
	s.cancel(errShutdown)
	s.active.Wait()
	return errors.Join(errs...)
}

// takeSlot reserves one of the server's connection slots, or says why there is none to have.
func (s *Server) takeSlot() *sqlerror.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.starting:
		return fatal("57P03", "the database system is starting up")
	case s.closed:
		return fatal("57P03", "the database system is shutting down")
	case s.slots >= s.config.MaxConnections:
		return fatal("53300", "sorry, too many clients already")
	}
	s.slots++
	return nil
}

func (s *Server) freeSlot() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots--
}

func (s *Server) database(name string) *engine.Database {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.databases[name]
}

// register gives a logged-in connection its process id.
func (s *Server) register(k *connection) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastPID++
	s.sessions[s.lastPID] = k
	return s.lastPID
}

func (s *Server) unregister(pid uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, pid)
}

func (s *Server) session(pid uint32) *connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[pid]
}

// addrPort is the address of one end of a connection, invalid when it has none.
func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPort{}
}
