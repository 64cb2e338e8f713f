package streams

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	constants "k8s.io/apimachinery/pkg/util/portforward"
	clientportforward "k8s.io/client-go/tools/portforward"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"podsg/sandbox/kubeapi/apierror"
)

// upgradeTimeout is how long a change of protocols may take.
const upgradeTimeout = 30 * time.Second

// A PortForwardFunc connects stream to a port of the pod and returns when the
// connection ends. The error is told to the client.
type PortForwardFunc func(ctx context.Context, pod *corev1.Pod, port int32, stream io.ReadWriteCloser) error

// ServePortForward upgrades the request to SPDY, bare or tunnelled through a
// websocket as newer clients prefer, and forwards the connections in it.
func ServePortForward(w http.ResponseWriter, r *http.Request, pod *corev1.Pod, connect PortForwardFunc) error {
	if connect == nil {
		return apierror.NoSuchResource()
	}
	if pod.Status.Phase != corev1.PodRunning {
		return apierrors.NewInternalError(fmt.Errorf("unable to forward port because pod is not running. Current status=%v", pod.Status.Phase))
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	forwarder := &forwarder{connect: connect, pod: pod, ctx: ctx, waiting: map[string]*streamPair{}}
	connection, err := forwarder.upgrade(w, r)
	if err != nil || connection == nil {
		return err // without a connection, the upgrader has answered
	}
	defer forwarder.wait()
	defer cancel()
	defer connection.Close()
	select {
	case <-connection.CloseChan():
	case <-ctx.Done():
	}
	return nil
}

// A forwarder carries the connections of one port-forward request. Each is a
// pair of streams with the same request id: one for data, one for the error.
type forwarder struct {
	connect PortForwardFunc
	pod     *corev1.Pod
	ctx     context.Context

	mu      sync.Mutex
	waiting map[string]*streamPair
	running sync.WaitGroup
}

type streamPair struct {
	data, failure httpstream.Stream
}

// upgrade changes protocols. A nil connection without an error means that the
// client was told why not.
func (f *forwarder) upgrade(w http.ResponseWriter, r *http.Request) (httpstream.Connection, error) {
	if websocket.IsWebSocketUpgrade(r) {
		conn, err := tunnel(w, r)
		if err != nil {
			return nil, nil // the websocket upgrader has answered
		}
		return spdy.NewServerConnection(conn, f.accept)
	}
	if !httpstream.IsUpgradeRequest(r) {
		return nil, apierrors.NewBadRequest("upgrade request required")
	}
	if _, err := httpstream.Handshake(r, w, []string{constants.PortForwardV1Name}); err != nil {
		return nil, nil // Handshake has answered
	}
	return spdy.NewResponseUpgrader().UpgradeResponse(w, r, f.accept), nil
}

// tunnel upgrades to a websocket whose binary messages carry SPDY.
func tunnel(w http.ResponseWriter, r *http.Request) (net.Conn, error) {
	upgrader := websocket.Upgrader{
		Subprotocols:     []string{constants.WebsocketsSPDYTunnelingPortForwardV1},
		HandshakeTimeout: upgradeTimeout,
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil, err
	}
	return clientportforward.NewTunnelingConnection("practice cluster", conn), nil
}

// accept takes a new stream of the client's.
func (f *forwarder) accept(stream httpstream.Stream, replySent <-chan struct{}) error {
	headers := stream.Headers()
	port, err := strconv.ParseUint(headers.Get(corev1.PortHeader), 10, 16)
	if err != nil || port == 0 {
		return fmt.Errorf("open stream: %q is not a port", headers.Get(corev1.PortHeader))
	}
	kind, id := headers.Get(corev1.StreamType), headers.Get(corev1.PortForwardRequestIDHeader)
	f.mu.Lock()
	defer f.mu.Unlock()
	pair, ok := f.waiting[id]
	if !ok {
		pair = &streamPair{}
		f.waiting[id] = pair
	}
	switch kind {
	case corev1.StreamTypeData:
		pair.data = stream
	case corev1.StreamTypeError:
		pair.failure = stream
	default:
		return fmt.Errorf("open stream: unknown kind %q", kind)
	}
	if pair.data == nil || pair.failure == nil {
		return nil
	}
	delete(f.waiting, id)
	f.running.Add(1)
	go func() {
		defer f.running.Done()
		select {
		case <-replySent:
			f.forward(pair, int32(port))
		case <-f.ctx.Done():
		}
	}()
	return nil
}

// forward carries one connection and tells the client how it failed, if so.
func (f *forwarder) forward(pair *streamPair, port int32) {
	defer pair.failure.Close()
	defer pair.data.Close()
	err := f.connect(f.ctx, f.pod, port, pair.data)
	if err == nil || f.ctx.Err() != nil {
		return
	}
	message := fmt.Sprintf("error forwarding port %d to pod %s, uid %s: %v", port, f.pod.Name, f.pod.UID, err)
	// A client that has gone does not read why.
	_, _ = io.Copy(pair.failure, strings.NewReader(message))
}

// wait returns when every connection has ended.
func (f *forwarder) wait() { f.running.Wait() }
