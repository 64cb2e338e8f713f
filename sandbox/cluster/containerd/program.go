package containerd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/cni"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/containers"
)

// A program is what runs in a container of one of EKS' own images. It returns
// its exit code, when ctx ends at the latest.
type program func(ctx context.Context, run *programRun) int

// A programRun is a started program.
type programRun struct {
	*component.Base
	agents    *cni.Agents
	pod       context.Context // ends when the pod is gone
	node      string
	container *corev1.Container
	spec      Spec
	log       *programLog

	stop    context.CancelFunc
	killed  chan struct{}
	kill    sync.Once
	done    chan struct{}
	code    int
	healthy chan struct{} // closed once the program serves
	once    sync.Once
}

const exitTerminated = 143 // 128 + SIGTERM

func (c *Runtime) startProgram(pod context.Context, spec Spec, run program) *programRun {
	ctx, stop := context.WithCancel(pod)
	r := &programRun{
		Base: c.Base, agents: c.agents, pod: pod, node: spec.Node, container: spec.Container, spec: spec, log: newProgramLog(c.Clock), stop: stop,
		killed: make(chan struct{}), done: make(chan struct{}), healthy: make(chan struct{}),
	}
	c.Spawn(func() {
		defer close(r.done)
		defer r.log.close()
		r.code = run(ctx, r)
		if ctx.Err() != nil { // it was asked to end, and does so in good order
			r.code = 0
			r.windDown()
		}
	})
	return r
}

// windDown takes the time that a program needs to end, unless it is killed.
func (r *programRun) windDown() {
	t := r.Clock.NewTimer(r.Chance.Within(programStopTime))
	defer t.Stop()
	select {
	case <-t.C():
	case <-r.killed:
	case <-r.pod.Done(): // the pod is gone
	}
}

// env is the value of an environment variable.
func (r *programRun) env(name string) string {
	for _, e := range r.spec.Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

// ready says that the program serves from now on.
func (r *programRun) ready() { r.once.Do(func() { close(r.healthy) }) }

func (r *programRun) printf(format string, args ...any) { r.log.add(fmt.Sprintf(format, args...)) }

// logf prints a line as the VPC CNI's programs do.
func (r *programRun) logf(level, format string, args ...any) {
	r.printf("time=%q level=%s msg=%q", r.Clock.Now().UTC().Format("2006-01-02T15:04:05Z"), level, fmt.Sprintf(format, args...))
}

// serve says that the program is ready and waits until it is asked to end.
func (r *programRun) serve(ctx context.Context) int {
	r.ready()
	<-ctx.Done()
	return 0
}

func (r *programRun) Done() <-chan struct{} { return r.done }
func (r *programRun) ExitCode() int         { return r.code }
func (r *programRun) Terminate()            { r.stop() }

func (r *programRun) Kill() {
	r.kill.Do(func() { close(r.killed) })
	r.stop()
}

// Exec answers the one command that is run in these containers: the health
// probe of the VPC CNI.
func (r *programRun) Exec(ctx context.Context, command []string) (string, int) {
	if len(command) == 0 || command[0] != "/app/grpc-health-probe" {
		return fmt.Sprintf("exec: %q: executable file not found in $PATH", command), 127
	}
	if !r.IsSettled() { // a new world's first pods are ready at once
		select {
		case <-r.healthy:
		case <-r.done:
		case <-ctx.Done():
		}
	}
	select {
	case <-r.healthy:
		return "", 0
	default:
		return fmt.Sprintf(`{"level":"info","ts":%q,"caller":"/root/sdk/go1.26.5/src/runtime/proc.go:283","msg":"timeout: failed to connect service \"unix:///var/run/aws-node/ipamd.sock\" within 5s"}`,
			r.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z")), 1
	}
}

func (r *programRun) Logs(ctx context.Context, opts containers.LogOptions, w io.Writer) error {
	return r.log.write(ctx, opts, w)
}

// Dial connects to one of the program's ports. What answers there is its health
// check.
func (r *programRun) Dial(ctx context.Context, port int) (net.Conn, error) {
	select {
	case <-r.healthy:
	case <-r.done:
		return nil, ErrRefused
	case <-ctx.Done():
		return nil, ErrRefused
	}
	if !r.listens(port) {
		return nil, ErrRefused
	}
	client, server := net.Pipe()
	r.Spawn(func() {
		defer server.Close()
		stop := context.AfterFunc(r.pod, func() { server.Close() })
		defer stop()
		if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
			io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK") // the client may have gone
		}
	})
	return client, nil
}

// listens says whether the container's spec names the port.
func (r *programRun) listens(port int) bool {
	for _, p := range r.container.Ports {
		if int(p.ContainerPort) == port {
			return true
		}
	}
	for _, p := range []*corev1.Probe{r.container.LivenessProbe, r.container.ReadinessProbe} {
		if p != nil && p.HTTPGet != nil && p.HTTPGet.Port.IntValue() == port {
			return true
		}
	}
	return false
}
