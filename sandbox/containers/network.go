// Package containers runs the commands of simulated containers.
//
// A container's command is carried out for real, but nothing of the machine underneath is
// touched: scripts run in a shell interpreter whose programs (psql, nc, cat …) are functions
// of this package, files exist only in memory, and every name and connection goes through the
// Network of the practice world with the container's own address. What a container prints is
// what a container of the same image would print in that network.
package containers

import (
	"context"
	"net"
	"net/netip"
)

// Network is the practice world's network as pods see it.
type Network interface {
	// LookupHost resolves a name as a pod at address from would: through CoreDNS on UDP port 53,
	// so a security group can block it. Then it blocks until ctx ends and returns an error whose
	// Timeout method reports true.
	LookupHost(ctx context.Context, from netip.Addr, name string) ([]netip.Addr, error)
	// Dial connects as the pod at from. When a security group drops the packets nothing answers
	// until ctx ends, and the error is a net.Error with Timeout true. When nobody listens the
	// error is syscall.ECONNREFUSED, at once.
	Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)
}

// An Outcome is how a request went.
type Outcome int

// The outcomes of a request.
const (
	Good    Outcome = iota
	Failed          // nobody answered, or nobody was there
	Errored         // the answer was an error: something behind it failed
)

// A Counter is a Network that counts the requests of the applications in it.
type Counter interface {
	// Begin says that a request begins, such as "web → api". The function that
	// it returns is told how it went; it is not called for one that was given up.
	Begin(flow string) func(Outcome)
}
