package kubelet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"podsg/sandbox/cluster/containerd"
	"podsg/sandbox/containers"
)

// errLogLimit says that as many bytes as asked for have been written.
var errLogLimit = errors.New("log limit reached")

type limitedWriter struct {
	w    io.Writer
	left int64
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > l.left {
		n, err := l.w.Write(p[:l.left])
		l.left = 0
		if err == nil {
			err = errLogLimit
		}
		return n, err
	}
	l.left -= int64(len(p))
	return l.w.Write(p)
}

// Logs writes a container's log to w, for the API server's pods/log. The
// container is named in opts; without a name it is the pod's first.
func (k *Kubelets) Logs(ctx context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, w io.Writer) error {
	name := opts.Container
	if name == "" && len(pod.Spec.Containers) > 0 {
		name = pod.Spec.Containers[0].Name
	}
	run, ok := k.container(pod.UID, name)
	if !ok {
		return apierrors.NewBadRequest(fmt.Sprintf("container %q in pod %q is waiting to start: ContainerCreating", name, pod.Name))
	}
	p, err := run.logSource(opts.Previous)
	if err != nil {
		return err
	}
	chosen := containers.LogOptions{Follow: opts.Follow, TailLines: opts.TailLines, Timestamps: opts.Timestamps}
	switch {
	case opts.SinceTime != nil:
		chosen.Since = opts.SinceTime.Time
	case opts.SinceSeconds != nil:
		chosen.Since = k.Clock.Now().Add(-time.Duration(*opts.SinceSeconds) * time.Second)
	}
	if opts.LimitBytes != nil {
		w = &limitedWriter{w: w, left: *opts.LimitBytes}
	}
	err = p.Logs(ctx, chosen, w)
	if errors.Is(err, errLogLimit) || ctx.Err() != nil {
		return nil
	}
	return err
}

// logSource is the process whose log is asked for.
func (c *containerRun) logSource(previous bool) (containerd.Process, error) {
	status := c.status()
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.process
	if previous {
		// While a container waits for its restart, the last start is the
		// previous one.
		if p = c.previous; c.state.Waiting != nil {
			p = c.process
		}
		if p == nil {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("previous terminated container %q in pod %q not found", c.spec.Name, c.worker.pod.Name))
		}
		return p, nil
	}
	if p == nil {
		reason, message := "ContainerCreating", ""
		if w := status.State.Waiting; w != nil && w.Reason != "" {
			reason, message = w.Reason, w.Message
		}
		text := fmt.Sprintf("container %q in pod %q is waiting to start: ", c.spec.Name, c.worker.pod.Name)
		switch reason {
		case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull":
			text += "trying and failing to pull image"
		case "CreateContainerConfigError", "CreateContainerError":
			text += message
		default:
			text += reason
		}
		return nil, apierrors.NewBadRequest(text)
	}
	return p, nil
}

// container finds a container of a pod that a kubelet knows.
func (k *Kubelets) container(pod types.UID, name string) (*containerRun, bool) {
	w, ok := k.worker(pod)
	if !ok {
		return nil, false
	}
	for _, c := range append(w.inits[:len(w.inits):len(w.inits)], w.mains...) {
		if c.spec.Name == name {
			return c, true
		}
	}
	return nil, false
}

// PortForward connects stream to a port of a running pod, for the API server's
// pods/portforward, and returns when the connection ends.
func (k *Kubelets) PortForward(ctx context.Context, pod *corev1.Pod, port int32, stream io.ReadWriteCloser) error {
	w, ok := k.worker(pod.UID)
	if !ok {
		return fmt.Errorf("unable to forward port because pod is not running. Current status=%s", pod.Status.Phase)
	}
	conn, err := w.dialPort(ctx, int(port))
	if err != nil {
		return fmt.Errorf("failed to connect to localhost:%d inside namespace %q, IPv4: dial tcp4 127.0.0.1:%d: connect: %w", port, pod.Name, port, err)
	}
	return splice(ctx, conn, stream)
}

// DialPod connects to a port of the running pod that has an address; on a node's
// own there may be several.
func (k *Kubelets) DialPod(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	k.mu.Lock()
	workers := slices.Collect(maps.Values(k.workers))
	k.mu.Unlock()
	for _, w := range workers {
		w.mu.Lock()
		here := w.network.Address == to.Addr() && !w.network.Released
		w.mu.Unlock()
		if !here {
			continue
		}
		if conn, err := w.dialPort(ctx, int(to.Port())); err == nil {
			return conn, nil
		}
	}
	return nil, containerd.ErrRefused
}

// dialPort connects to whichever container listens on a port.
func (w *podWorker) dialPort(ctx context.Context, port int) (net.Conn, error) {
	for _, c := range append(w.inits[:len(w.inits):len(w.inits)], w.mains...) {
		c.mu.Lock()
		p, running := c.process, c.state.Running != nil
		c.mu.Unlock()
		if !running {
			continue
		}
		if conn, err := p.Dial(ctx, port); err == nil {
			return conn, nil
		}
	}
	return nil, containerd.ErrRefused
}

// splice copies both ways until either side ends or ctx does.
func splice(ctx context.Context, conn net.Conn, stream io.ReadWriteCloser) error {
	stop := context.AfterFunc(ctx, func() {
		conn.Close()
		stream.Close()
	})
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(conn, stream) // the end of one direction is the end of it
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			half.CloseWrite() // the connection is closed below
		}
	}()
	_, err := io.Copy(stream, conn)
	stream.Close()
	conn.Close()
	<-done
	return err
}
