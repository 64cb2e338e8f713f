package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"k8s.io/utils/clock"
)

// Spec describes a container to run.
type Spec struct {
	// Command and Args are joined to one command line, as in a pod's container.
	Command []string
	Args    []string
	Env     map[string]string
	// Files are the mounted volumes, such as Secrets and ConfigMaps, by absolute path. They are
	// read-only. Besides them there is an empty, writable /tmp.
	Files map[string][]byte
	// Address is the pod's IP address.
	Address  netip.Addr
	Hostname string
	Network  Network
	// Clock counts every wait in the container, also the time limits of its network clients.
	Clock clock.WithTicker

	programs programSet // of the image; nil: all
}

// Exit codes of a container that did not end by itself.
const (
	exitKilled      = 137 // 128 + SIGKILL
	exitCannotStart = 128 // what containerd reports for a command it cannot run
)

// StartError is a command that the container's image does not have. Its text is the container
// runtime's.
type StartError struct {
	Program string
}

func (e *StartError) Error() string {
	return fmt.Sprintf("failed to create containerd task: failed to create shim task: OCI runtime create failed: "+
		"runc create failed: unable to start container process: exec: %q: executable file not found in $PATH: unknown", e.Program)
}

// ExitCode is the exit code the kubelet reports for a container that could not start.
func (e *StartError) ExitCode() int { return exitCannotStart }

// errStopped ends a process from outside.
var errStopped = errors.New("container stopped")

// Process is a running or ended container.
type Process struct {
	container *container
	log       *logRing
	started   time.Time
	cancel    context.CancelCauseFunc
	done      chan struct{}

	// Set before done is closed.
	exitCode int
	finished time.Time
}

// Start runs a container until its command ends, Stop is called or ctx ends.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	argv := append(append([]string{}, spec.Command...), spec.Args...)
	switch {
	case len(argv) == 0:
		return nil, errors.New("start container: no command specified")
	case spec.Clock == nil || spec.Network == nil:
		return nil, errors.New("start container: a clock and a network are needed")
	}
	log := newLogRing(spec.Clock)
	c := newContainer(spec)
	program, found := c.lookup(argv[0])
	if !found {
		return nil, &StartError{Program: argv[0]}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p := &Process{container: c, log: log, started: spec.Clock.Now(), cancel: cancel, done: make(chan struct{})}
	stdout, stderr := log.writer(), log.writer()
	go func() {
		code := c.run(ctx, program, &invocation{
			container: c, args: argv, env: c.environment(), dir: "/", stdout: stdout, stderr: stderr,
		})
		if ctx.Err() != nil {
			code = exitKilled
		}
		// The end of the first process is the end of all others.
		cancel(errStopped)
		c.ports.close()
		c.background.Wait()
		stdout.flush()
		stderr.flush()
		p.exitCode, p.finished = code, spec.Clock.Now()
		log.close()
		close(p.done)
	}()
	return p, nil
}

// Stop kills the container, as SIGKILL does after the grace period: a shell that is a
// container's first process ignores SIGTERM. It returns when the container has ended.
func (p *Process) Stop() {
	p.cancel(errStopped)
	<-p.done
}

// Done is closed when the container has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait returns the exit code once the container has ended: 137 when it was stopped.
func (p *Process) Wait(ctx context.Context) (exitCode int, err error) {
	select {
	case <-p.done:
		return p.exitCode, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// ExitCode returns the exit code, and whether there is one yet.
func (p *Process) ExitCode() (code int, ended bool) {
	select {
	case <-p.done:
		return p.exitCode, true
	default:
		return 0, false
	}
}

// StartedAt is when the container started, by its clock.
func (p *Process) StartedAt() time.Time { return p.started }

// FinishedAt is when the container ended, zero while it runs.
func (p *Process) FinishedAt() time.Time {
	select {
	case <-p.done:
		return p.finished
	default:
		return time.Time{}
	}
}

// LogOptions choose what Logs writes. The zero value is everything there is.
type LogOptions struct {
	Follow     bool      // go on until the container ends
	TailLines  *int64    // only that many of the last lines
	Since      time.Time // only lines that are not older
	Timestamps bool      // RFC 3339 time and a blank before each line
}

// Logs writes what the container printed to w.
func (p *Process) Logs(ctx context.Context, options LogOptions, w io.Writer) error {
	return p.log.copy(ctx, options, w)
}

// DialPort connects to a port on which something in the container listens: where a
// port-forward arrives. The error is syscall.ECONNREFUSED when nothing does.
func (p *Process) DialPort(ctx context.Context, port uint16) (net.Conn, error) {
	return p.container.ports.dial(ctx, port)
}
