package containers

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"podsg/sandbox/containers/internal/clockcontext"
)

// container is what the programs of one container share.
type container struct {
	spec       Spec
	files      *fileSystem
	ports      ports
	background sync.WaitGroup // programs that run
}

func newContainer(spec Spec) *container {
	return &container{spec: spec, files: newFileSystem(spec.Files, spec.Hostname, spec.Clock)}
}

// environment is the environment of the container's first process.
func (c *container) environment() []string {
	all := map[string]string{
		"PATH":     "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME":     "/root",
		"HOSTNAME": c.spec.Hostname,
	}
	maps.Copy(all, c.spec.Env)
	env := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		env = append(env, name+"="+all[name])
	}
	return env
}

// invocation is one run of a program.
type invocation struct {
	container *container
	args      []string // args[0] is the program's name
	env       []string // NAME=value
	dir       string
	stdin     io.Reader // nil: empty
	stdout    io.Writer
	stderr    io.Writer
}

// program is a command of the container; it returns the exit code.
type program func(ctx context.Context, p *invocation) int

// lookup finds a program by its name or by a path in one of the usual folders.
func (c *container) lookup(name string) (program, bool) {
	if folder, base := path.Split(name); folder != "" {
		if !slices.Contains([]string{"/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/"}, folder) {
			return nil, false
		}
		name = base
	}
	if c.spec.programs != nil && !c.spec.programs[name] {
		return nil, false
	}
	found := findProgram(name)
	return found, found != nil
}

// run runs a program and counts it as running.
func (c *container) run(ctx context.Context, run program, p *invocation) int {
	c.background.Add(1)
	defer c.background.Done()
	return run(ctx, p)
}

func (p *invocation) getenv(name string) string {
	// The last one counts.
	for _, entry := range slices.Backward(p.env) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// input is the standard input, empty when there is none.
func (p *invocation) input() io.Reader {
	if p.stdin == nil {
		return strings.NewReader("")
	}
	return p.stdin
}

func (p *invocation) absolute(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(p.dir, name)
}

func (p *invocation) sleep(ctx context.Context, d time.Duration) error {
	return clockcontext.Sleep(ctx, p.container.spec.Clock, d)
}

// dnsTimeout is how long musl's resolver waits for an answer (timeout in resolv.conf(5)).
const dnsTimeout = 5 * time.Second

// The texts of musl's gai_strerror, for the Alpine images the product uses. glibc would say
// "Temporary failure in name resolution" and "Name or service not known".
var (
	errTryAgain    = errors.New("Try again")
	errUnknownName = errors.New("Name does not resolve")
)

// resolve finds the addresses of a name, as getaddrinfo does.
func (c *container) resolve(ctx context.Context, name string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{address}, nil
	}
	switch name {
	case "localhost":
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
	case c.spec.Hostname:
		if c.spec.Address.IsValid() && name != "" {
			return []netip.Addr{c.spec.Address}, nil
		}
	}
	ctx, cancel := clockcontext.WithTimeout(ctx, c.spec.Clock, dnsTimeout)
	defer cancel()
	addresses, err := c.spec.Network.LookupHost(ctx, c.spec.Address, name)
	var network net.Error
	switch {
	case err != nil && (ctx.Err() != nil || errors.As(err, &network) && network.Timeout()):
		return nil, errTryAgain
	case err != nil || len(addresses) == 0:
		return nil, errUnknownName
	}
	return addresses, nil
}

// dial connects to an address: to the container itself, or out through the network.
func (c *container) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if to.Addr().IsLoopback() || to.Addr() == c.spec.Address {
		return c.ports.dial(ctx, to.Port())
	}
	return c.spec.Network.Dial(ctx, c.spec.Address, to)
}
