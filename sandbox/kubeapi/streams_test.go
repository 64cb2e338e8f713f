package kubeapi_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// runningPod stores a pod that runs on a node.
func runningPod(t *testing.T, w *world, name string) {
	t.Helper()
	pods := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet")
	must(t)(pods.Create(pod(name, "n1")))
	must(t)(pods.MutateStatus("workshop", name, func(p *corev1.Pod) error {
		p.Status.Phase = corev1.PodRunning
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
		return nil
	}))
}

func TestLogsStreamLineByLineUntilTheReaderLeaves(t *testing.T) {
	lines := make(chan string)
	left := make(chan struct{})
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Logs = func(ctx context.Context, p *corev1.Pod, opts *corev1.PodLogOptions, out io.Writer) error {
			defer close(left)
			fmt.Fprintf(out, "%s/%s follow=%v tail=%d\n", p.Name, opts.Container, opts.Follow, *opts.TailLines)
			for {
				select {
				case line := <-lines:
					fmt.Fprintln(out, line)
				case <-ctx.Done():
					return nil
				}
			}
		}
	})
	runningPod(t, w, "green")
	ctx, cancel := context.WithCancel(context5(t))
	defer cancel()
	tail := int64(7)
	stream, err := w.typed.CoreV1().Pods("workshop").GetLogs("green", &corev1.PodLogOptions{Follow: true, TailLines: &tail}).Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	reader := bufio.NewReader(stream)
	expect := func(want string) {
		t.Helper()
		if got, err := reader.ReadString('\n'); err != nil || strings.TrimSpace(got) != want {
			t.Errorf("line = %q, %v; want %q", got, err, want)
		}
	}
	expect("green/main follow=true tail=7")
	lines <- "one"
	expect("one")
	lines <- "two"
	expect("two")
	cancel()
	select {
	case <-left:
	case <-context5(t).Done():
		t.Error("the log goes on for a reader that has left")
	}
}

func TestLogsOfWhatDoesNotRunAreRefused(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Logs = func(context.Context, *corev1.Pod, *corev1.PodLogOptions, io.Writer) error {
			return errors.New("not reached")
		}
	})
	pods := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet")
	must(t)(pods.Create(pod("waiting", "n1")))
	must(t)(pods.MutateStatus("workshop", "waiting", func(p *corev1.Pod) error {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}
		return nil
	}))
	two := pod("two", "n1")
	two.Spec.Containers = append(two.Spec.Containers, corev1.Container{Name: "side", Image: "busybox"})
	must(t)(pods.Create(two))
	for name, want := range map[string]string{
		"waiting": `container "main" in pod "waiting" is waiting to start: ContainerCreating`,
		"two":     "a container name must be specified for pod two, choose one of: [main side]",
		"nope":    `pods "nope" not found`,
	} {
		_, err := w.typed.CoreV1().Pods("workshop").GetLogs(name, &corev1.PodLogOptions{}).Stream(context5(t))
		if err == nil || err.Error() != want {
			t.Errorf("logs of %s = %v, want %s", name, err, want)
		}
	}
}

// forward opens a port-forward to port 5432 of the pod and returns the local
// address.
func forward(t *testing.T, w *world, podName string, dialer httpstream.Dialer) (address string, errOut *bytes.Buffer, done <-chan error) {
	t.Helper()
	stop, ready := make(chan struct{}), make(chan struct{})
	errOut = &bytes.Buffer{}
	forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:5432"}, stop, ready, io.Discard, errOut)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- forwarder.ForwardPorts() }()
	t.Cleanup(func() { close(stop) })
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("forward to %s: %v", podName, err)
	case <-context5(t).Done():
		t.Fatal("the port-forward did not become ready")
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", ports[0].Local), errOut, ended
}

func dialers(t *testing.T, w *world, podName string) map[string]httpstream.Dialer {
	t.Helper()
	url := w.typed.CoreV1().RESTClient().Post().Namespace("workshop").Resource("pods").Name(podName).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(w.config)
	if err != nil {
		t.Fatal(err)
	}
	tunnel, err := portforward.NewSPDYOverWebsocketDialer(url, w.config)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]httpstream.Dialer{
		"over SPDY":               spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, url),
		"over a websocket tunnel": tunnel,
	}
}

func TestPortForwardCarriesManyConnections(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.PortForward = func(_ context.Context, p *corev1.Pod, port int32, stream io.ReadWriteCloser) error {
			line, err := bufio.NewReader(stream).ReadString('\n')
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(stream, "%s:%d says %s", p.Name, port, line)
			return err
		}
	})
	runningPod(t, w, "green")
	for name, dialer := range dialers(t, w, "green") {
		t.Run(name, func(t *testing.T) {
			address, _, _ := forward(t, w, "green", dialer)
			for i := range 3 {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(conn, "hello %d\n", i)
				got, err := bufio.NewReader(conn).ReadString('\n')
				if want := fmt.Sprintf("green:5432 says hello %d\n", i); err != nil || got != want {
					t.Errorf("answer = %q, %v; want %q", got, err, want)
				}
				conn.Close()
			}
		})
	}
}

func TestPortForwardTellsWhyAConnectionFailed(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.PortForward = func(context.Context, *corev1.Pod, int32, io.ReadWriteCloser) error {
			return errors.New("connect: connection refused")
		}
	})
	runningPod(t, w, "green")
	for name, dialer := range dialers(t, w, "green") {
		t.Run(name, func(t *testing.T) {
			connection, _, err := dialer.Dial("portforward.k8s.io")
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			headers := http.Header{}
			headers.Set(corev1.PortHeader, "5432")
			headers.Set(corev1.PortForwardRequestIDHeader, "0")
			headers.Set(corev1.StreamType, corev1.StreamTypeError)
			failure, err := connection.CreateStream(headers)
			if err != nil {
				t.Fatal(err)
			}
			headers.Set(corev1.StreamType, corev1.StreamTypeData)
			must(t)(connection.CreateStream(headers))
			message, err := io.ReadAll(failure)
			if err != nil || !strings.Contains(string(message), "error forwarding port 5432 to pod green") || !strings.Contains(string(message), "connection refused") {
				t.Errorf("error stream = %q, %v", message, err)
			}
		})
	}
}

func TestPortForwardNeedsARunningPod(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.PortForward = func(context.Context, *corev1.Pod, int32, io.ReadWriteCloser) error { return nil }
	})
	pods := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet")
	must(t)(pods.Create(pod("pending", "n1")))
	for name, dialer := range dialers(t, w, "pending") {
		if _, _, err := dialer.Dial("portforward.k8s.io"); err == nil || !strings.Contains(err.Error(), "pod is not running. Current status=Pending") {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}
