package containerd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"podsg/sandbox/containers"
)

// shellProcess runs in the shell interpreter of package containers.
type shellProcess struct {
	*containers.Process
	runtime *containers.Runtime
	image   string
	spec    containers.Spec
}

func (c *Runtime) startShell(image string, spec Spec) (Process, error) {
	if c.network == nil {
		return nil, errors.New("failed to create containerd task: the cluster has no network for containers")
	}
	s := containers.Spec{
		Command: spec.Command, Args: spec.Args, Env: map[string]string{}, Files: spec.Files,
		Address: spec.Address, Hostname: spec.Hostname, Network: c.network, Clock: c.Clock,
	}
	for _, e := range spec.Env {
		s.Env[e.Name] = e.Value
	}
	p, err := c.shells.Start(c.Ctx, image, s)
	if err != nil {
		return nil, err
	}
	c.Spawn(func() { <-p.Done() })
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
