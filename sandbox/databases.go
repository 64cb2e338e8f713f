package sandbox

import (
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"

	"k8s.io/utils/clock"

	"podsg/sandbox/authority"
	"podsg/sandbox/cloud"
	"podsg/sandbox/postgres"
)

// databases runs a PostgreSQL server for every RDS instance that is available.
type databases struct {
	authority *authority.Authority
	clock     clock.WithTicker

	mu      sync.Mutex
	servers map[string]*database // by identifier
}

type database struct {
	address netip.AddrPort
	host    string
	server  *postgres.Server
	stopped bool // it does not answer until it is started again
}

func newDatabases(a *authority.Authority, c clock.WithTicker) *databases {
	return &databases{authority: a, clock: c, servers: map[string]*database{}}
}

// handle follows what becomes of an instance. Events of one account come one
// after the other.
func (d *databases) handle(e cloud.DatabaseEvent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	db := d.servers[e.Identifier]
	switch {
	case e.Status == "deleted":
		if db != nil {
			delete(d.servers, e.Identifier)
			go db.server.Close()
		}
	case db != nil:
		db.server.SetPassword(e.Username, e.Password)
		db.server.SetForceTLS(e.ForceSSL)
		db.stopped = e.Status == "stopped" || e.Status == "starting"
	case e.Engine == "postgres" && e.Host != "" && e.Status == "available":
		if db := d.start(e); db != nil {
			d.servers[e.Identifier] = db
		}
	}
}

func (d *databases) start(e cloud.DatabaseEvent) *database {
	cert, err := d.authority.Issue(e.Host)
	if err != nil {
		return nil // without a certificate nobody can connect, which is what a client sees
	}
	server := postgres.NewServer(postgres.Config{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, ForceTLS: e.ForceSSL,
		Version: e.EngineVersion, Address: e.Address, Port: uint16(e.Port), Clock: d.clock,
	})
	server.SetPassword(e.Username, e.Password)
	for _, name := range []string{"postgres", e.DBName} {
		if name != "" {
			server.CreateDatabase(name, e.Username)
		}
	}
	return &database{address: netip.AddrPortFrom(e.Address, uint16(e.Port)), host: e.Host, server: server}
}

// errNoAnswer says that a packet gets no answer, as that to a stopped database.
var errNoAnswer = errors.New("no answer")

// dial connects to the database at an address of the VPC as a client at
// another; nil without an error means that no database has the address.
func (d *databases) dial(from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	d.mu.Lock()
	var found *database
	known, stopped := false, false
	for _, db := range d.servers {
		if db.address == to {
			found, stopped = db, db.stopped
		}
		known = known || db.address.Addr() == to.Addr()
	}
	d.mu.Unlock()
	switch {
	case stopped:
		return nil, errNoAnswer
	case found != nil:
		client, server, err := loopbackPair()
		if err != nil {
			return nil, err
		}
		go found.server.ServeConn(server, from)
		return client, nil
	case known:
		return nil, refused(to)
	default:
		return nil, nil
	}
}

// first is the running database whose identifier sorts first, for the door that psql
// of another shell comes in by.
func (d *databases) first() *database {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(d.servers)) {
		if db := d.servers[name]; !db.stopped {
			return db
		}
	}
	return nil
}

func (d *databases) close() {
	d.mu.Lock()
	servers := d.servers
	d.servers = map[string]*database{}
	d.mu.Unlock()
	for _, db := range servers {
		db.server.Close()
	}
}
