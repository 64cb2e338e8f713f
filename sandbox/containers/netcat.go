package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"podsg/sandbox/containers/internal/clockcontext"
)

// netcatCall is a command line of BusyBox's nc:
//
//	nc [-v] [-z] [-w SECONDS] [-n] HOST PORT
//	nc -l [-k] -p PORT [-v] [-w SECONDS] [-e PROGRAM ARGUMENT…]
type netcatCall struct {
	listen     bool
	persistent bool // -k: go on listening, with -e
	port       uint16
	verbose    int
	scan       bool // -z
	wait       time.Duration
	program    []string // -e
	host       string
}

const netcatUsage = `Usage: nc [OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen
`

func netcatProgram(ctx context.Context, p *invocation) int {
	call, err := parseNetcat(p.args[1:])
	if err != nil {
		fmt.Fprintf(p.stderr, "nc: %v\n", err)
		return 1
	}
	if call.listen {
		return p.netcatListen(ctx, call)
	}
	if call.host == "" || call.port == 0 {
		fmt.Fprint(p.stderr, netcatUsage)
		return 1
	}
	return p.netcatConnect(ctx, call)
}

func parseNetcat(args []string) (netcatCall, error) {
	var call netcatCall
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		letters := args[0][1:]
		args = args[1:]
		for i, letter := range letters {
			// The value of an option is the rest of its word, or the next word.
			value := letters[i+1:]
			if strings.ContainsRune("pwsi", letter) && value == "" && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			switch letter {
			case 'l':
				call.persistent = call.persistent || call.listen // -ll is -lk
				call.listen = true
				continue
			case 'k':
				call.persistent = true
				continue
			case 'v':
				call.verbose++
				continue
			case 'z':
				call.scan = true
				continue
			case 'n':
				continue
			case 'e':
				call.program = args
				if len(args) == 0 {
					return call, errors.New("option requires an argument: e")
				}
				return call, nil
			case 'p':
				port, err := portNumber(value)
				if err != nil {
					return call, fmt.Errorf("bad local port '%s'", value)
				}
				call.port = port
			case 'w':
				seconds, err := strconv.Atoi(value)
				if err != nil || seconds < 0 {
					return call, fmt.Errorf("invalid number '%s'", value)
				}
				call.wait = time.Duration(seconds) * time.Second
			case 's', 'i':
			default:
				return call, fmt.Errorf("unrecognized option: %c", letter)
			}
			break
		}
	}
	// The program of -e may follow the address too.
	if i := slices.Index(args, "-e"); i >= 0 {
		call.program, args = args[i+1:], args[:i]
	}
	if len(args) > 0 && !call.listen {
		call.host = args[0]
	}
	if len(args) > 1 && !call.listen {
		port, err := portNumber(args[1])
		if err != nil {
			return call, fmt.Errorf("bad port '%s'", args[1])
		}
		call.port = port
	}
	return call, nil
}

func portNumber(text string) (uint16, error) {
	if text == "postgresql" || text == "postgres" {
		return 5432, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err == nil && n == 0 {
		err = strconv.ErrRange
	}
	return uint16(n), err
}

// netcatConnect connects, and copies the standard input to the connection and back.
func (p *invocation) netcatConnect(ctx context.Context, call netcatCall) int {
	addresses, err := p.container.resolve(ctx, call.host)
	if err != nil {
		fmt.Fprintf(p.stderr, "nc: bad address '%s'\n", call.host)
		return 1
	}
	to := netip.AddrPortFrom(addresses[0], call.port)
	limit := call.wait
	if limit == 0 {
		limit = tcpConnectLimit
	}
	limited, cancel := clockcontext.WithTimeout(ctx, p.container.spec.Clock, limit)
	conn, err := p.container.dial(limited, to)
	cancel()
	if err != nil {
		// BusyBox keeps silent without -v, and about refusals without -vv.
		text := connectFailure(err)
		if call.verbose > 1 || call.verbose == 1 && text != "Connection refused" {
			fmt.Fprintf(p.stderr, "nc: %s (%s): %s\n", call.host, to, text)
		}
		return 1
	}
	defer conn.Close()
	if call.verbose > 0 {
		fmt.Fprintf(p.stderr, "%s (%s) open\n", call.host, to)
	}
	switch {
	case call.scan:
		return 0
	case call.program != nil:
		return p.netcatExec(ctx, call.program, conn)
	}
	return p.shovel(ctx, conn, call.wait)
}

// tcpConnectLimit is how long Linux goes on sending SYN before it gives up (tcp_syn_retries 6).
const tcpConnectLimit = 127 * time.Second

// connectFailure words a failed connect as musl's strerror does.
func connectFailure(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return "Host is unreachable"
	case errors.Is(err, syscall.ENETUNREACH):
		return "Network unreachable"
	}
	return "Operation timed out"
}

// netcatListen accepts one connection, or with -k every one, each with a program of its own.
func (p *invocation) netcatListen(ctx context.Context, call netcatCall) int {
	l, err := p.container.ports.listen(call.port)
	if err != nil {
		fmt.Fprintln(p.stderr, "nc: bind: Address in use")
		return 1
	}
	defer l.close()
	if call.verbose > 0 {
		fmt.Fprintf(p.stderr, "listening on [::]:%d ...\n", call.port)
	}
	for {
		conn, err := l.accept(ctx)
		if err != nil {
			return exitKilled
		}
		if call.program == nil {
			l.close()
			defer conn.Close()
			return p.shovel(ctx, conn, call.wait)
		}
		if !call.persistent {
			l.close()
			defer conn.Close()
			return p.netcatExec(ctx, call.program, conn)
		}
		p.container.background.Go(func() {
			defer conn.Close()
			p.netcatExec(ctx, call.program, conn)
		})
	}
}

// netcatExec runs a program whose standard input and output are the connection.
func (p *invocation) netcatExec(ctx context.Context, args []string, conn net.Conn) int {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	inner := *p
	inner.args = append([]string{path.Base(args[0])}, args[1:]...)
	inner.stdin, inner.stdout = conn, conn
	found, ok := p.container.lookup(args[0])
	if !ok {
		fmt.Fprintf(p.stderr, "nc: can't execute '%s': %v\n", args[0], errNoFile)
		return exitNotFound
	}
	return found(ctx, &inner)
}

// shovel copies between the standard streams and a connection. Like BusyBox it goes on until
// both the input and the connection have ended; with -w it gives up that much later than the
// input when nothing comes any more.
func (p *invocation) shovel(ctx context.Context, conn net.Conn, wait time.Duration) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	stdin, release := interruptibleInput(ctx, p.input())
	defer release()

	received, sent := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(received)
		_, _ = io.Copy(p.stdout, conn) // either end may go at any time
	}()
	p.container.background.Go(func() {
		defer close(sent)
		_, _ = io.Copy(conn, stdin)
		closeWrite(conn)
	})
	var patience <-chan time.Time
	for received != nil || sent != nil {
		select {
		case <-received:
			received = nil
		case <-sent:
			sent = nil
			if wait > 0 {
				timer := p.container.spec.Clock.NewTimer(2 * wait)
				defer timer.Stop()
				patience = timer.C()
			}
		case <-patience:
			return 0
		case <-ctx.Done():
			return exitKilled
		}
	}
	return 0
}

// closeWrite tells the other end that nothing more comes; where only both directions can be
// closed, it closes both.
func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
		return
	}
	conn.Close()
}
