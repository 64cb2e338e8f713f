package kubelet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/containerd"
	"podsg/sandbox/cluster/nodestate"
)

// probe runs a started container's probes until ctx ends.
func (c *containerRun) probe(ctx context.Context, p containerd.Process) {
	var probes sync.WaitGroup
	if c.spec.StartupProbe != nil {
		passed := make(chan struct{})
		probes.Go(func() {
			c.repeat(ctx, p, "Startup", c.spec.StartupProbe, func(ok bool) {
				select {
				case <-passed:
				default:
					if ok {
						close(passed)
						c.set(func() { c.started, c.ready = true, c.spec.ReadinessProbe == nil })
					} else {
						c.restart(p, "startup")
					}
				}
			})
		})
		select {
		case <-passed:
		case <-ctx.Done():
			probes.Wait()
			return
		}
	}
	if c.spec.ReadinessProbe != nil {
		probes.Go(func() {
			c.repeat(ctx, p, "Readiness", c.spec.ReadinessProbe, func(ok bool) { c.set(func() { c.ready = ok }) })
		})
	}
	if c.spec.LivenessProbe != nil {
		probes.Go(func() {
			c.repeat(ctx, p, "Liveness", c.spec.LivenessProbe, func(ok bool) {
				if !ok {
					c.restart(p, "liveness")
				}
			})
		})
	}
	probes.Wait()
}

// restart ends a container that failed a probe; the restart policy does the
// rest.
func (c *containerRun) restart(p containerd.Process, probe string) {
	w := c.worker
	w.events.Normal(c.about(), "Killing", "Container %s failed %s probe, will be restarted", c.spec.Name, probe)
	p.Terminate()
	w.Spawn(func() {
		grace := w.Clock.NewTimer(time.Duration(*w.pod.Spec.TerminationGracePeriodSeconds) * time.Second)
		defer grace.Stop()
		select {
		case <-p.Done():
		case <-grace.C():
			p.Kill()
		case <-w.ctx.Done():
		}
	})
}

// repeat runs one probe at its period and tells of every change of its result.
// The result changes after as many equal outcomes as its thresholds say.
func (c *containerRun) repeat(ctx context.Context, p containerd.Process, name string, spec *corev1.Probe, changed func(ok bool)) {
	w := c.worker
	initial := time.Duration(spec.InitialDelaySeconds) * time.Second
	if initial > 0 && !w.Spend(ctx, component.Exactly(initial)) {
		return
	}
	period := time.Duration(orElse(spec.PeriodSeconds, 10)) * time.Second
	succeeded, failed := int32(0), int32(0)
	result, known := false, name == "Readiness" // not ready until it says so
	for {
		message, ok := c.probeOnce(ctx, p, spec)
		if ctx.Err() != nil {
			return
		}
		if ok {
			succeeded, failed = succeeded+1, 0
		} else {
			succeeded, failed = 0, failed+1
			w.events.Warning(c.about(), "Unhealthy", "%s probe failed: %s", name, message)
		}
		switch {
		case ok && succeeded >= orElse(spec.SuccessThreshold, 1) && (!known || !result):
			result, known = true, true
			changed(true)
		case !ok && failed >= orElse(spec.FailureThreshold, 3) && (!known || result):
			result, known = false, true
			changed(false)
		}
		pause := w.Pause
		if !ok {
			pause = w.PauseOnceSettled
		}
		if !pause(ctx, period) {
			return
		}
	}
}

func orElse(v, fallback int32) int32 {
	if v == 0 {
		return fallback
	}
	return v
}

// probeOnce runs a probe and says, when it fails, why.
func (c *containerRun) probeOnce(ctx context.Context, p containerd.Process, spec *corev1.Probe) (message string, ok bool) {
	timeout := time.Duration(orElse(spec.TimeoutSeconds, 1)) * time.Second
	switch {
	case spec.Exec != nil:
		return c.probeExec(ctx, p, spec.Exec.Command, timeout)
	case spec.TCPSocket != nil:
		return c.probeTCP(ctx, p, c.port(spec.TCPSocket.Port), timeout)
	case spec.HTTPGet != nil:
		return c.probeHTTP(ctx, p, spec.HTTPGet, timeout)
	case spec.GRPC != nil:
		return c.probeTCP(ctx, p, int(spec.GRPC.Port), timeout)
	}
	return "missing probe handler", false
}

func (c *containerRun) probeExec(ctx context.Context, p containerd.Process, command []string, timeout time.Duration) (string, bool) {
	ctx, cancel := c.worker.WithTimeout(ctx, timeout)
	defer cancel()
	output, code := p.Exec(ctx, command)
	if ctx.Err() != nil {
		return fmt.Sprintf("command timed out: %q timed out after %v", strings.Join(command, " "), timeout), false
	}
	return strings.TrimSpace(output), code == 0
}

func (c *containerRun) probeTCP(ctx context.Context, p containerd.Process, port int, timeout time.Duration) (string, bool) {
	conn, err := c.dial(ctx, p, port, timeout)
	if err != nil {
		return err.Error(), false
	}
	conn.Close()
	return "", true
}

func (c *containerRun) probeHTTP(ctx context.Context, p containerd.Process, get *corev1.HTTPGetAction, timeout time.Duration) (string, bool) {
	port := c.port(get.Port)
	scheme := strings.ToLower(string(get.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	url := fmt.Sprintf("%s://%s%s", scheme, c.endpoint(port), get.Path)
	conn, err := c.dial(ctx, p, port, timeout)
	if err != nil {
		var netErr net.Error
		if errors.As(err, &netErr) && netErr.Timeout() {
			return fmt.Sprintf("Get %q: context deadline exceeded (Client.Timeout exceeded while awaiting headers)", url), false
		}
		return fmt.Sprintf("Get %q: %v", url, err), false
	}
	defer conn.Close()
	ctx, cancel := c.worker.WithTimeout(ctx, timeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error(), false
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Sprintf("Get %q: %v", url, errors.Unwrap(err)), false
	}
	resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode >= 400 {
		return fmt.Sprintf("HTTP probe failed with statuscode: %d", resp.StatusCode), false
	}
	return "", true
}

// dial connects to a container's port as the kubelet of its node does, after
// the network has let it through.
func (c *containerRun) dial(ctx context.Context, p containerd.Process, port int, timeout time.Duration) (net.Conn, error) {
	w := c.worker
	reachable := w.reachableFromNode(port)
	c.mu.Lock()
	c.unanswered = !reachable
	c.mu.Unlock()
	if !reachable {
		if !w.Pause(ctx, timeout) {
			return nil, ctx.Err()
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(c.endpoint(port)), Err: errTimeout{}}
	}
	ctx, cancel := w.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := p.Dial(ctx, port)
	if errors.Is(err, containerd.ErrRefused) {
		err = os.NewSyscallError("connect", containerd.ErrRefused)
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(c.endpoint(port)), Err: err}
	}
	return conn, nil
}

// errTimeout is what a dial meets when nothing answers.
type errTimeout struct{}

func (errTimeout) Error() string   { return "i/o timeout" }
func (errTimeout) Timeout() bool   { return true }
func (errTimeout) Temporary() bool { return true }

// reachableFromNode says whether the kubelet gets through to the pod. It always
// does but to a pod with a branch ENI in strict mode: there its answers are
// lost while the node demultiplexes TCP early, and the security groups decide
// otherwise.
func (w *podWorker) reachableFromNode(port int) bool {
	w.mu.Lock()
	network := w.network
	w.mu.Unlock()
	if !network.Branch || !network.Node.Strict {
		return true
	}
	if w.agents.Node(w.node).EarlyDemux { // of the node's kernel: it counts for pods that run already
		return false
	}
	n, ok := w.Nodes.Get("", w.node)
	if !ok {
		return false
	}
	from, err := netip.ParseAddr(nodestate.InternalIP(n))
	if err != nil {
		return false
	}
	reachable, _ := w.Cloud.Reachable(from, network.Address, "tcp", port)
	return reachable
}

func (c *containerRun) endpoint(port int) netip.AddrPort {
	c.worker.mu.Lock()
	defer c.worker.mu.Unlock()
	return netip.AddrPortFrom(c.worker.network.Address, uint16(port))
}

// port is the number of a probe's port, which may be named.
func (c *containerRun) port(p intstr.IntOrString) int {
	if p.Type == intstr.Int {
		return p.IntValue()
	}
	for _, named := range c.spec.Ports {
		if named.Name == p.StrVal {
			return int(named.ContainerPort)
		}
	}
	n, _ := strconv.Atoi(p.StrVal)
	return n
}
