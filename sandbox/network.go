package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"podsg/sandbox/cloud"
	"podsg/sandbox/scenario"
)

// network is the world's network: what is in the way of a connection is decided
// by the security groups and network ACLs of the account. It implements
// containers.Network for pods.
type network struct {
	*tally
	account   *cloud.Account
	databases *databases
	services  services
	servers   []scenario.Server // in the VPC, beside the databases
	// dns are the addresses of the ready CoreDNS pods.
	dns func() []netip.Addr
	// noCache says that a pod asks a cache on its node that does not hear it.
	noCache func(from netip.Addr) bool
	// listener opens a connection to a pod's port.
	listener func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

const portDNS = 53

// LookupHost resolves a name as the pod at an address does: it asks CoreDNS over
// UDP, and a security group that does not admit that leaves it waiting.
func (n *network) LookupHost(ctx context.Context, from netip.Addr, name string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{addr}, nil
	}
	answered := netip.Addr{}
	for _, server := range n.dns() {
		if n.noCache(from) {
			break
		}
		if ok, _ := n.account.Reachable(from, server, "udp", portDNS); ok {
			answered = server
			break
		}
	}
	if answered.IsValid() {
		if addresses, known := n.services.lookup(from, name); known {
			return addresses, nil
		}
	}
	// CoreDNS asks the resolver of its VPC for other names, and waits for it as long.
	if !answered.IsValid() || !n.account.ResolverAnswers(answered) {
		<-ctx.Done()
		return nil, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
	}
	if addr, ok := n.account.LookupHost(name); ok {
		return []netip.Addr{addr}, nil
	}
	for _, s := range n.servers {
		if s.Host == name {
			return []netip.Addr{s.Address}, nil
		}
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// Dial connects as the pod at an address does. What a security group blocks
// gets no answer until ctx ends; a port that nobody listens on is refused. The
// address of a Service stands for that of a pod behind it.
func (n *network) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	if backend, ok, known := n.services.forward(to); known {
		if !ok {
			return nil, refused(to)
		}
		to = backend
	}
	if ok, _ := n.account.Reachable(from, to.Addr(), "tcp", int(to.Port())); !ok {
		return nil, timedOut(ctx, to)
	}
	switch conn, err := n.databases.dial(from, to); {
	case errors.Is(err, errNoAnswer):
		return nil, timedOut(ctx, to)
	case conn != nil || err != nil:
		return conn, err
	}
	if conn, err := n.dialServer(to); conn != nil || err != nil {
		return conn, err
	}
	conn, err := n.listener(ctx, to)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, refused(to)
	}
	return conn, err
}

// timedOut waits until the caller gives up, as for a packet that is dropped.
func timedOut(ctx context.Context, to netip.AddrPort) error {
	<-ctx.Done()
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: os.ErrDeadlineExceeded}
}

func refused(to netip.AddrPort) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// loopbackPair is a pair of connected TCP connections on loopback. In-memory
// pipes have no buffer, on which two TLS ends that both begin to write would
// wait for each other.
func loopbackPair() (a, b net.Conn, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("listen on loopback: %w", err)
	}
	defer l.Close()
	type accepted struct {
		conn net.Conn
		err  error
	}
	ch := make(chan accepted, 1)
	go func() {
		c, err := l.Accept()
		ch <- accepted{c, err}
	}()
	a, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, nil, fmt.Errorf("dial loopback: %w", err)
	}
	got := <-ch
	if got.err != nil {
		a.Close()
		return nil, nil, fmt.Errorf("accept on loopback: %w", got.err)
	}
	return a, got.conn, nil
}
