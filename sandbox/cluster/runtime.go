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
	command, args []string // expanded; without a command the image's is meant
	env           []corev1.EnvVar
	files         map[string][]byte // mounted files by absolute path
	address       netip.Addr        // the pod's
	hostname      string
}

// startProcess creates and starts a container of a pod.
func (w *podWorker) startProcess(c *containerRun) (process, error) {
	w.mu.Lock()
	address := w.network.address
	w.mu.Unlock()
	pod := w.current().DeepCopy()
	pod.Status.PodIP = address.String()
	env, err := w.environment(pod, c.spec)
	if err != nil {
		return nil, err
	}
	spec := containerSpec{
		command: expandAll(c.spec.Command, env), args: expandAll(c.spec.Args, env), env: env,
		files: mounts(c.spec, w.volumes), address: address, hostname: pod.Name,
	}
	if pod.Spec.Hostname != "" {
		spec.hostname = pod.Spec.Hostname
	}
	if c.image.program != nil {
		return w.startProgram(c.spec, spec, c.image.program), nil
	}
	return w.startShell(c.image.name, spec)
}

// shellProcess runs in the shell interpreter of package containers.
type shellProcess struct {
	*containers.Process
	runtime *containers.Runtime
	image   string
	spec    containers.Spec
}

func (w *podWorker) startShell(image string, spec containerSpec) (process, error) {
	if w.containerNetwork == nil {
		return nil, errors.New("failed to create containerd task: the cluster has no network for containers")
	}
	s := containers.Spec{
		Command: spec.command, Args: spec.args, Env: map[string]string{}, Files: spec.files,
		Address: spec.address, Hostname: spec.hostname, Network: w.containerNetwork, Clock: w.clock,
	}
	for _, e := range spec.env {
		s.Env[e.Name] = e.Value
	}
	p, err := w.runtime.Start(w.Cluster.ctx, image, s)
	if err != nil {
		return nil, err
	}
	w.spawn(func() { <-p.Done() })
	return &shellProcess{Process: p, runtime: w.runtime, image: image, spec: s}, nil
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
