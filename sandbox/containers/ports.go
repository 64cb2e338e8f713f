package containers

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// ports are the listening sockets inside of one container.
type ports struct {
	mu        sync.Mutex
	closed    bool
	listeners map[uint16]*listener
}

// listener is one listening socket.
type listener struct {
	ports    *ports
	port     uint16
	incoming chan net.Conn
	done     chan struct{}
	once     sync.Once
}

func (p *ports) listen(port uint16) (*listener, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.listeners[port] != nil {
		return nil, syscall.EADDRINUSE
	}
	if p.listeners == nil {
		p.listeners = map[uint16]*listener{}
	}
	l := &listener{ports: p, port: port, incoming: make(chan net.Conn), done: make(chan struct{})}
	p.listeners[port] = l
	return l, nil
}

// dial connects to a listening socket. A connection that is not accepted waits, as in the
// backlog of a socket.
func (p *ports) dial(ctx context.Context, port uint16) (net.Conn, error) {
	p.mu.Lock()
	l := p.listeners[port]
	p.mu.Unlock()
	if l == nil {
		return nil, refusedConnection()
	}
	client, server := connectionPair()
	select {
	case l.incoming <- server:
		return client, nil
	case <-l.done:
		return nil, refusedConnection()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// connection is one end of a connection in memory. It is made of two pipes, one for each
// direction, so that one can be closed without the other, as with TCP.
type connection struct {
	net.Conn // what comes in
	out      net.Conn
}

func connectionPair() (a, b net.Conn) {
	aToB, bFromA := net.Pipe()
	bToA, aFromB := net.Pipe()
	return &connection{aFromB, aToB}, &connection{bFromA, bToA}
}

func (c *connection) Write(b []byte) (int, error) { return c.out.Write(b) }

// CloseWrite tells the other end that nothing more comes.
func (c *connection) CloseWrite() error { return c.out.Close() }

func (c *connection) Close() error { return errors.Join(c.Conn.Close(), c.out.Close()) }

func (c *connection) SetDeadline(t time.Time) error {
	return errors.Join(c.Conn.SetReadDeadline(t), c.out.SetWriteDeadline(t))
}

func (c *connection) SetWriteDeadline(t time.Time) error { return c.out.SetWriteDeadline(t) }

func refusedConnection() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// close stops all listening for good.
func (p *ports) close() {
	p.mu.Lock()
	p.closed = true
	open := p.listeners
	p.listeners = nil
	p.mu.Unlock()
	for _, l := range open {
		l.once.Do(func() { close(l.done) })
	}
}

func (l *listener) accept(ctx context.Context) (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (l *listener) close() {
	l.ports.mu.Lock()
	if l.ports.listeners[l.port] == l {
		delete(l.ports.listeners, l.port)
	}
	l.ports.mu.Unlock()
	l.once.Do(func() { close(l.done) })
}
