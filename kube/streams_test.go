package kube_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

func isRunning(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning }

func TestForwardPodCarriesConnections(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) { c.PortForward = echo })
	w.pod(t, "workshop", "relay", isRunning)
	dial, stop, err := w.connect(t, adminToken).ForwardPod(t.Context(), "workshop", "relay", 5432)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		conn, err := dial(t.Context(), "tcp", "db.example:5432")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Repeat(fmt.Sprint("hello ", i, " "), 10_000)
		go func() { _, _ = io.WriteString(conn, text) }()
		got := make([]byte, len(text))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
			t.Errorf("connection %d: %v", i, err)
		}
		// The deadline of a connection must work: it is how pgx gives up.
		_ = conn.SetReadDeadline(time.Now().Add(-time.Second))
		var timeout net.Error
		if _, err := conn.Read(got); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("a read past its deadline gave %v", err)
		}
		conn.Close()
	}
	stop()
	if _, err := dial(t.Context(), "tcp", "db.example:5432"); err == nil {
		t.Error("it dials after it was stopped")
	}
}

func TestForwardPodSaysWhyAConnectionWasRefused(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		refused := true
		c.PortForward = func(ctx context.Context, pod *corev1.Pod, port int32, stream io.ReadWriteCloser) error {
			if refused {
				refused = false
				return errors.New("dial tcp4 127.0.0.1:5432: connect: connection refused")
			}
			return echo(ctx, pod, port, stream)
		}
	})
	w.pod(t, "workshop", "relay", isRunning)
	dial, stop, err := w.connect(t, adminToken).ForwardPod(t.Context(), "workshop", "relay", 5432)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	conn, err := dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	var network net.Error
	if _, err = conn.Read(make([]byte, 1)); !errors.As(err, &network) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
	// The next attempt goes well, whatever became of the connection before.
	conn, err = dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, "x") }()
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

func TestForwardPodNeedsAPodThatRuns(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) { c.PortForward = echo })
	w.pod(t, "workshop", "pending")
	c := w.connect(t, adminToken)
	if _, _, err := c.ForwardPod(t.Context(), "workshop", "pending", 5432); err == nil || !strings.Contains(err.Error(), "not running") {
		t.Errorf("got %v", err)
	}
	if _, _, err := c.ForwardPod(t.Context(), "workshop", "missing", 5432); world.KindOf(err) != world.ProblemNotFound {
		t.Errorf("got %v", err)
	}
}

func TestForwardPodNamesThePermissionThatIsMissing(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.PortForward = echo
		c.Authorize = access.Deny(access.DenyRule{Resource: "pods/portforward"})
	})
	w.pod(t, "workshop", "relay", isRunning)
	_, _, err := w.connect(t, guestToken).ForwardPod(t.Context(), "workshop", "relay", 5432)
	var p *world.Problem
	if !errors.As(err, &p) || p.Kind != world.ProblemPermission || !strings.Contains(p.Permission, "pods/portforward in workshop") {
		t.Errorf("got %+v", err)
	}
}

func TestLogsReadTheLastLinesOfTheFirstContainer(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Logs = func(_ context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, out io.Writer) error {
			_, err := fmt.Fprintf(out, "%s/%s last %d\n", pod.Name, opts.Container, *opts.TailLines)
			return err
		}
	})
	w.pod(t, "workshop", "green", isRunning, func(p *corev1.Pod) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "sidecar", Image: "example"})
		p.Spec.NodeName = "a.internal"
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	})
	c := w.connect(t, adminToken)
	if text, err := c.Logs(t.Context(), "workshop", "green", 20); err != nil || text != "green/main last 20\n" {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := c.Logs(t.Context(), "workshop", "missing", 20); world.KindOf(err) != world.ProblemNotFound {
		t.Errorf("got %v", err)
	}
}
