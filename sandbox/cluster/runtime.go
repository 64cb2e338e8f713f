package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/containers"
)

// A process is a started container: a program of this package in EKS' own
// images, anything else through package containers.
type process interface {
	// Done is closed when the process has ended; then ExitCode says how.
	Done() <-chan struct{}
	ExitCode() int
	// Terminate asks the process to end (SIGTERM); Kill ends it (SIGKILL).
	Terminate()
	Kill()
	// Exec runs a command in the container and returns what it printed.
	Exec(ctx context.Context, command []string) (output string, exitCode int)
	Logs(ctx context.Context, opts containers.LogOptions, w io.Writer) error
	// Dial connects to a port that the process listens on. If it listens on no
	// such port the error is syscall.ECONNREFUSED.
	Dial(ctx context.Context, port int) (net.Conn, error)
}

// A containerSpec is what a kubelet hands to the container runtime.
type containerSpec struct {
	node          string
	container     *corev1.Container
	command, args []string // expanded; without a command the image's is meant
	env           []corev1.EnvVar
	files         map[string][]byte // mounted files by absolute path
	address       netip.Addr        // the pod's
	hostname      string
}

// A containerRuntime starts containers: the programs of EKS' own images, which
// package containers does not know, itself.
type containerRuntime struct {
	*Base
	agents  *agents
	network containers.Network // of ordinary containers; nil: none can start
	shells  *containers.Runtime
}

func newContainerRuntime(b *Base, a *agents, network containers.Network) *containerRuntime {
	return &containerRuntime{Base: b, agents: a, network: network, shells: containers.NewRuntime()}
}

// start starts a container of an image that findImage found, of a pod that is
// gone when its context ends.
func (c *containerRuntime) start(pod context.Context, i image, spec containerSpec) (process, error) {
	if i.program != nil {
		return c.startProgram(pod, spec, i.program), nil
	}
	return c.startShell(i.name, spec)
}

// shellProcess runs in the shell interpreter of package containers.
type shellProcess struct {
	*containers.Process
	runtime *containers.Runtime
	image   string
	spec    containers.Spec
}

func (c *containerRuntime) startShell(image string, spec containerSpec) (process, error) {
	if c.network == nil {
		return nil, errors.New("failed to create containerd task: the cluster has no network for containers")
	}
	s := containers.Spec{
		Command: spec.command, Args: spec.args, Env: map[string]string{}, Files: spec.files,
		Address: spec.address, Hostname: spec.hostname, Network: c.network, Clock: c.clock,
	}
	for _, e := range spec.env {
		s.Env[e.Name] = e.Value
	}
	p, err := c.shells.Start(c.ctx, image, s)
	if err != nil {
		return nil, err
	}
	c.spawn(func() { <-p.Done() })
	return &shellProcess{Process: p, runtime: c.shells, image: image, spec: s}, nil
}

func (p *shellProcess) ExitCode() int {
	code, _ := p.Process.ExitCode()
	return code
}

// Terminate does nothing: a container's first process that has no handler for
// SIGTERM does not get it, so that such a container ends only when it is killed.
func (p *shellProcess) Terminate() {}

func (p *shellProcess) Kill() { p.Stop() }

// Exec runs the command beside the container: with its files, variables and
// address.
func (p *shellProcess) Exec(ctx context.Context, command []string) (string, int) {
	spec := p.spec
	spec.Command, spec.Args = command, nil
	run, err := p.runtime.Start(ctx, p.image, spec)
	if err != nil {
		return err.Error(), 127
	}
	<-run.Done()
	var output bytes.Buffer
	if err := run.Logs(ctx, containers.LogOptions{}, &output); err != nil {
		return err.Error(), 1
	}
	code, _ := run.ExitCode()
	return output.String(), code
}

func (p *shellProcess) Logs(ctx context.Context, opts containers.LogOptions, w io.Writer) error {
	return p.Process.Logs(ctx, opts, w)
}

func (p *shellProcess) Dial(ctx context.Context, port int) (net.Conn, error) {
	if port < 1 || port > 65535 {
		return nil, fmt.Errorf("dial port %d: out of range", port)
	}
	return p.DialPort(ctx, uint16(port))
}
