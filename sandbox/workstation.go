package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// This file is the user's own machine, as the world's network sees it: outside
// the VPC, with a public address. It has two doors:
//   - a SOCKS5 proxy, by which podsg reaches databases: it obeys the rules, so
//     a private database does not answer;
//   - a listener for psql of another shell, which goes in as through a bastion
//     host that every database admits, so that anyone can look at the tables.

// workstationAddr is the machine's public address (RFC 5737).
var workstationAddr = netip.MustParseAddr("198.51.100.7")

// connectTime bounds how long the proxy tries: a blocked packet is never
// answered, and the client gives up before that.
const connectTime = 2 * time.Minute

type workstation struct {
	network *network
}

// dial connects by name as the machine does: a name of a public database
// resolves to its public address, of a private one to an address that is not
// routed here.
func (w *workstation) dial(ctx context.Context, host string, port int) (net.Conn, error) {
	account := w.network.account
	public, known := account.LookupPublicHost(host)
	if !known {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if ok, _ := account.Reachable(workstationAddr, public, "tcp", port); !ok {
		return nil, timedOut(ctx, netip.AddrPortFrom(public, uint16(port)))
	}
	private, _ := account.LookupHost(host)
	to := netip.AddrPortFrom(private, uint16(port))
	// The internet gateway translates the address.
	switch conn, err := w.network.databases.dial(workstationAddr, to); {
	case errors.Is(err, errNoAnswer):
		return nil, timedOut(ctx, to)
	case conn != nil || err != nil:
		return conn, err
	}
	return nil, refused(to)
}

// serveSOCKS answers SOCKS5 CONNECT requests (RFC 1928, no authentication)
// until the listener is closed.
func (w *workstation) serveSOCKS(ctx context.Context, l net.Listener) {
	acceptLoop(l, func(c net.Conn) {
		defer c.Close()
		host, port, err := socksRequest(c)
		if err != nil {
			return
		}
		dialCtx, cancel := context.WithTimeout(ctx, connectTime)
		defer cancel()
		// A client that goes away takes its attempt with it: the next byte of its
		// side comes after the answer, so an early end means that it gave up.
		stop := cancelOnClose(c, cancel)
		up, err := w.dial(dialCtx, host, port)
		stop()
		if err != nil {
			_, _ = c.Write([]byte{5, socksCode(err), 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		if _, err := c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}); err != nil {
			up.Close()
			return
		}
		join(c, up)
	})
}

// cancelOnClose calls cancel when the peer closes the connection while it
// waits for an answer. The returned function ends the watch before anything
// else reads.
func cancelOnClose(c net.Conn, cancel context.CancelFunc) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var one [1]byte
		if _, err := c.Read(one[:]); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			var ne net.Error
			if !errors.As(err, &ne) || !ne.Timeout() {
				cancel()
			}
		}
	}()
	return func() {
		_ = c.SetReadDeadline(time.Unix(1, 0))
		<-done
		_ = c.SetReadDeadline(time.Time{})
	}
}

func socksCode(err error) byte {
	var ne net.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return 4 // host unreachable
	case errors.As(err, &ne) && ne.Timeout():
		return 6 // TTL expired: what there is for a time-out
	default:
		return 5 // connection refused
	}
}

func socksRequest(c net.Conn) (host string, port int, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return "", 0, err
	}
	if head[0] != 5 {
		return "", 0, fmt.Errorf("version %d of SOCKS", head[0])
	}
	if _, err := io.CopyN(io.Discard, c, int64(head[1])); err != nil {
		return "", 0, err
	}
	if _, err := c.Write([]byte{5, 0}); err != nil {
		return "", 0, err
	}
	var req [4]byte
	if _, err := io.ReadFull(c, req[:]); err != nil {
		return "", 0, err
	}
	if req[1] != 1 {
		_, _ = c.Write([]byte{5, 7, 0, 1, 0, 0, 0, 0, 0, 0})
		return "", 0, fmt.Errorf("SOCKS command %d", req[1])
	}
	switch req[3] {
	case 1, 4:
		raw := make([]byte, map[byte]int{1: 4, 4: 16}[req[3]])
		if _, err := io.ReadFull(c, raw); err != nil {
			return "", 0, err
		}
		addr, _ := netip.AddrFromSlice(raw)
		host = addr.String()
	case 3:
		var n [1]byte
		if _, err := io.ReadFull(c, n[:]); err != nil {
			return "", 0, err
		}
		name := make([]byte, n[0])
		if _, err := io.ReadFull(c, name); err != nil {
			return "", 0, err
		}
		host = string(name)
	default:
		return "", 0, fmt.Errorf("SOCKS address type %d", req[3])
	}
	var p [2]byte
	if _, err := io.ReadFull(c, p[:]); err != nil {
		return "", 0, err
	}
	return host, int(binary.BigEndian.Uint16(p[:])), nil
}

// serveBastion connects every client to the first database, as through a
// bastion host that its security groups admit.
func (w *workstation) serveBastion(l net.Listener) {
	acceptLoop(l, func(c net.Conn) {
		db := w.network.databases.first()
		if db == nil {
			c.Close()
			return
		}
		db.server.ServeConn(c, workstationAddr)
	})
}

func acceptLoop(l net.Listener, serve func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go serve(c)
	}
}

// join copies both ways until one side ends.
func join(a, b net.Conn) {
	done := make(chan struct{}, 2)
	pipe := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src)
		done <- struct{}{}
	}
	go pipe(a, b)
	go pipe(b, a)
	<-done
	a.Close()
	b.Close()
	<-done
}
