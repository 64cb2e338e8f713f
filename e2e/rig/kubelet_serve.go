package rig

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	constants "k8s.io/apimachinery/pkg/util/portforward"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"podsg/sandbox/containers"
)

// serve answers the API server as a kubelet does: container logs and
// port-forwards. All nodes give the same port as their kubelet's.
func (k *kubelet) serve(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.serveLogs)
	mux.HandleFunc("/portForward/{namespace}/{pod}", k.servePortForward)
	mux.HandleFunc("/portForward/{namespace}/{pod}/{uid}", k.servePortForward)
	return k.rig.serve(ctx, &http.Server{Addr: local(k.rig.ports.kubelet), Handler: mux, ReadHeaderTimeout: time.Minute}, true)
}

func (k *kubelet) serveLogs(w http.ResponseWriter, q *http.Request) {
	if kwokNamespaces[q.PathValue("namespace")] {
		return // kwok's containers print nothing
	}
	p, err := k.named(q.PathValue("namespace"), q.PathValue("pod"))
	if err != nil {
		http.Error(w, fmt.Sprintf("container %q in pod %q is waiting to start: ContainerCreating", q.PathValue("container"), q.PathValue("pod")), http.StatusBadRequest)
		return
	}
	process, err := p.logSource(q.PathValue("container"), q.FormValue("previous") == "true")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	options := containers.LogOptions{Follow: q.FormValue("follow") == "true", Timestamps: q.FormValue("timestamps") == "true"}
	if n, err := strconv.ParseInt(q.FormValue("tailLines"), 10, 64); err == nil {
		options.TailLines = &n
	}
	if n, err := strconv.ParseInt(q.FormValue("sinceSeconds"), 10, 64); err == nil {
		options.Since = time.Now().Add(-time.Duration(n) * time.Second)
	}
	if t, err := time.Parse(time.RFC3339, q.FormValue("sinceTime")); err == nil {
		options.Since = t
	}
	w.Header().Set("Content-Type", "text/plain")
	flusher, _ := w.(http.Flusher)
	flusher.Flush()
	_ = process.Logs(q.Context(), options, flushing{w, flusher})
}

// flushing sends every write on at once.
type flushing struct {
	io.Writer
	flusher http.Flusher
}

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.Writer.Write(b)
	f.flusher.Flush()
	return n, err
}

// logSource is the process whose log is asked for.
func (p *pod) logSource(name string, previous bool) (*containers.Process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.containers {
		if c.spec.Name != name {
			continue
		}
		process := c.process
		if previous && c.state.Waiting == nil {
			process = c.previous
		}
		if process == nil && previous {
			return nil, fmt.Errorf("previous terminated container %q in pod %q not found", name, p.object.Name)
		}
		if process == nil {
			return nil, fmt.Errorf("container %q in pod %q is waiting to start: ContainerCreating", name, p.object.Name)
		}
		return process, nil
	}
	return nil, fmt.Errorf("container %s is not valid for pod %s", name, p.object.Name)
}

// servePortForward upgrades the request to SPDY and forwards the connections in
// it. Each is a pair of streams with the same request id.
func (k *kubelet) servePortForward(w http.ResponseWriter, q *http.Request) {
	p, err := k.named(q.PathValue("namespace"), q.PathValue("pod"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	if _, err := httpstream.Handshake(q, w, []string{constants.PortForwardV1Name}); err != nil {
		return // Handshake has answered
	}
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	f := &forwarder{pod: p, ctx: ctx, waiting: map[string]httpstream.Stream{}}
	conn := spdy.NewResponseUpgrader().UpgradeResponse(w, q, f.accept)
	if conn == nil {
		return
	}
	defer conn.Close()
	select {
	case <-conn.CloseChan():
	case <-ctx.Done():
	}
}

// forwarder carries the connections of one port-forward request.
type forwarder struct {
	pod *pod
	ctx context.Context

	mu      sync.Mutex
	waiting map[string]httpstream.Stream // the error stream, until the data stream comes
}

// accept takes a new stream. The client opens the error stream first.
func (f *forwarder) accept(stream httpstream.Stream, replySent <-chan struct{}) error {
	headers := stream.Headers()
	id := headers.Get(corev1.PortForwardRequestIDHeader)
	port, err := strconv.ParseUint(headers.Get(corev1.PortHeader), 10, 16)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if headers.Get(corev1.StreamType) == corev1.StreamTypeError {
		f.waiting[id] = stream
		return nil
	}
	failure := f.waiting[id]
	if failure == nil {
		return fmt.Errorf("data stream %s came before its error stream", id)
	}
	delete(f.waiting, id)
	go func() {
		<-replySent
		defer failure.Close()
		defer stream.Close()
		conn, err := f.pod.dialPort(f.ctx, uint16(port))
		if err != nil {
			fmt.Fprintf(failure, "failed to connect to localhost:%d inside namespace %q: %v", port, f.pod.object.Name, err)
			return
		}
		join(f.ctx, conn, stream)
	}()
	return nil
}

// join copies both ways until the pod's side ends.
func join(ctx context.Context, conn net.Conn, stream io.ReadWriteCloser) {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(conn, stream)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	_, _ = io.Copy(stream, conn)
	stream.Close()
	conn.Close()
	<-done
}
