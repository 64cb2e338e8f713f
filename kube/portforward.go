package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"

	"podsg/kube/facts"
	"podsg/kube/internal/transport"
	"podsg/steps/world"
)

// ForwardPod implements [plan.Kube]. It opens no port on this machine, as
// client-go's listener would: each dialled connection is a pair of streams of
// the connection to the API server.
func (c *Client) ForwardPod(ctx context.Context, namespace, pod string, port int) (world.DialFunc, func(), error) {
	name := facts.Qualified(namespace, pod)
	f := &forward{port: port, open: func(ctx context.Context) (httpstream.Connection, error) {
		return c.openForward(ctx, namespace, pod)
	}}
	// The refusal of an upgrade is but a text: ask for what is likely wrong first.
	_, err := c.api.Calls.CoreV1().Pods(namespace).Get(ctx, pod, metav1.GetOptions{})
	if err == nil {
		_, err = f.connection(ctx)
	}
	if err != nil {
		return nil, nil, c.api.Problem("forward a port of pod", name, err)
	}
	return f.dial, f.stop, nil
}

// openForward upgrades a request to streams: over WebSocket, or SPDY where the
// server or a proxy does not know that.
func (c *Client) openForward(ctx context.Context, namespace, pod string) (httpstream.Connection, error) {
	url := c.api.Calls.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	url.RawQuery = "" // the time-out of calls is not for streams
	sender, upgrader, err := spdy.RoundTripperFor(c.api.Config)
	if err != nil {
		return nil, err
	}
	overSPDY := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: sender}, http.MethodPost, url)
	overWebSocket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(url, c.api.Config)
	if err != nil {
		return nil, err
	}
	dialer := portforward.NewFallbackDialerForStreaming(overWebSocket, overSPDY, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	var streams httpstream.Connection
	err = transport.Persist(ctx, c.api.Clock, func() error {
		streams, err = transport.InTime(ctx, func() (httpstream.Connection, error) {
			conn, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
			return conn, err
		})
		return err
	})
	return streams, err
}

// forward is a port-forward: a connection of streams, opened again when it was
// lost.
type forward struct {
	port int
	open func(ctx context.Context) (httpstream.Connection, error)
	last atomic.Int64 // request id

	mu      sync.Mutex
	streams httpstream.Connection
	stopped bool
}

// connection returns the open connection.
func (f *forward) connection(ctx context.Context) (httpstream.Connection, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return nil, net.ErrClosed
	}
	if f.streams != nil {
		select {
		case <-f.streams.CloseChan():
		default:
			return f.streams, nil
		}
	}
	streams, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	f.streams = streams
	return streams, nil
}

func (f *forward) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	if f.streams != nil {
		_ = f.streams.Close()
	}
}

// dial is a [world.DialFunc]: whatever the address, it leads to the pod's port.
func (f *forward) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	streams, err := f.connection(ctx)
	if err != nil {
		return nil, f.failure(network, err)
	}
	opened, err := transport.InTime(ctx, func() (*streamPair, error) { return f.createStreams(streams) })
	if err != nil {
		return nil, f.failure(network, err)
	}
	near, far := net.Pipe() // gives the streams deadlines
	conn := &forwarded{Conn: near}
	go opened.copy(far, func(err error) { conn.fail(f.failure(network, err)) })
	return conn, nil
}

// failure is how the net package says that an address was not reached.
func (f *forward) failure(network string, err error) error {
	return &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("port %d of the pod: %w", f.port, err)}
}

// createStreams asks for one more connection to the pod's port.
func (f *forward) createStreams(streams httpstream.Connection) (*streamPair, error) {
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(f.port))
	headers.Set(corev1.PortForwardRequestIDHeader, strconv.FormatInt(f.last.Add(1), 10))
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	failure, err := streams.CreateStream(headers)
	if err != nil {
		return nil, err
	}
	_ = failure.Close() // nothing is written to it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := streams.CreateStream(headers)
	if err != nil {
		streams.RemoveStreams(failure)
		return nil, err
	}
	return &streamPair{streams, data, failure}, nil
}

// streamPair is the two streams of one forwarded connection.
type streamPair struct {
	streams       httpstream.Connection
	data, failure httpstream.Stream
}

// Close implements [io.Closer].
func (p *streamPair) Close() error {
	err := p.data.Reset()
	p.streams.RemoveStreams(p.data, p.failure)
	return err
}

// copy carries bytes in both directions until one side ends. What the far end
// says on the error stream is passed to fail before the pipe is closed.
func (p *streamPair) copy(pipe net.Conn, fail func(error)) {
	refused := make(chan error, 1)
	go func() {
		text, err := io.ReadAll(p.failure)
		if len(text) > 0 {
			err = errors.New(strings.TrimSpace(string(text)))
		}
		refused <- err
	}()
	received, sent := make(chan struct{}), make(chan struct{})
	go func() {
		_, _ = io.Copy(pipe, p.data)
		close(received)
	}()
	go func() {
		_, _ = io.Copy(p.data, pipe)
		_ = p.data.Close()
		close(sent)
	}()
	select {
	case <-received:
	case <-sent:
		<-received
	}
	_ = p.Close()
	if err := <-refused; err != nil {
		fail(err)
	}
	_ = pipe.Close()
}

// forwarded is the near end of a forwarded connection. Its reads end with the
// reason that the far end gave, such as "connection refused".
type forwarded struct {
	net.Conn
	mu     sync.Mutex
	reason error
}

func (c *forwarded) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reason = err
}

// Read implements [net.Conn].
func (c *forwarded) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, io.EOF) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.reason != nil {
			err = c.reason
		}
	}
	return n, err
}
