package containerd

import (
	"context"
	"io"
	"net"
	"net/netip"
	"syscall"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/containers"
)

// ErrRefused says that nobody listens on a port.
var ErrRefused error = syscall.ECONNREFUSED

// A Process is a started container: a program of this package in EKS' own
// images, anything else through package containers.
type Process interface {
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

// A Spec is what a kubelet hands to the container runtime.
type Spec struct {
	Node          string
	Container     *corev1.Container
	Command, Args []string // expanded; without a command the image's is meant
	Env           []corev1.EnvVar
	Files         map[string][]byte // mounted files by absolute path
	Address       netip.Addr        // the pod's
	Hostname      string
}
