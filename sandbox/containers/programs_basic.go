package containers

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"podsg/sandbox/containers/internal/clockcontext"
)

// inputs opens the named files, or the standard input without names or for "-". A file that
// cannot be opened is reported, and the exit code is 1.
func (p *invocation) inputs(names []string, use func(io.Reader)) int {
	if len(names) == 0 {
		names = []string{"-"}
	}
	code := 0
	for _, name := range names {
		if name == "-" || name == "/dev/stdin" {
			use(p.input())
			continue
		}
		data, err := p.container.files.readFile(p.absolute(name))
		if err != nil {
			fmt.Fprintf(p.stderr, "%s: can't open '%s': %v\n", p.args[0], name, err)
			code = 1
			continue
		}
		use(strings.NewReader(string(data)))
	}
	return code
}

func catProgram(_ context.Context, p *invocation) int {
	failed := false
	code := p.inputs(p.args[1:], func(r io.Reader) {
		_, err := io.Copy(p.stdout, r)
		failed = failed || err != nil
	})
	if failed {
		return 1
	}
	return code
}

func removeProgram(_ context.Context, p *invocation) int {
	code := 0
	force := false
	for _, name := range p.args[1:] {
		if strings.HasPrefix(name, "-") {
			force = force || strings.Contains(name, "f")
			continue
		}
		err := p.container.files.remove(p.absolute(name))
		if err != nil && !(force && err == errNoFile) {
			fmt.Fprintf(p.stderr, "rm: can't remove '%s': %v\n", name, err)
			code = 1
		}
	}
	return code
}

func listProgram(_ context.Context, p *invocation) int {
	var names []string
	for _, arg := range p.args[1:] {
		if !strings.HasPrefix(arg, "-") {
			names = append(names, arg)
		}
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	code := 0
	for _, name := range names {
		full := p.absolute(name)
		entries, err := p.container.files.readDir(full)
		if err != nil {
			if _, err := p.container.files.stat(full); err != nil {
				fmt.Fprintf(p.stderr, "ls: %s: %v\n", name, errNoFile)
				code = 1
				continue
			}
			fmt.Fprintln(p.stdout, name)
			continue
		}
		for _, entry := range entries {
			fmt.Fprintln(p.stdout, entry.Name())
		}
	}
	return code
}

// dateProgram prints the time in UTC: date [-u] [-I[TIMESPEC]] [+FORMAT].
func dateProgram(_ context.Context, p *invocation) int {
	now := p.container.spec.Clock.Now().UTC()
	format := "%a %b %e %T UTC %Y"
	for _, arg := range p.args[1:] {
		switch {
		case strings.HasPrefix(arg, "+"):
			format = arg[1:]
		case arg == "-I":
			format = "%F"
		case arg == "-Iseconds":
			format = "%FT%T+00:00"
		case arg == "-u":
		default:
			fmt.Fprintf(p.stderr, "date: unrecognized option: %s\n", arg)
			return 1
		}
	}
	fmt.Fprintln(p.stdout, strftime(now, format))
	return 0
}

// strftime formats a time; an unknown conversion stays as it is.
func strftime(t time.Time, format string) string {
	layouts := map[byte]string{
		'Y': "2006", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
		'y': "06", 'j': "002", 'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'Z': "MST", 'z': "-0700",
		'T': "15:04:05", 'F': "2006-01-02", 'R': "15:04", 'D': "01/02/06", 'N': "000000000",
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		switch c := format[i]; {
		case c == 's':
			fmt.Fprint(&b, t.Unix())
		case c == 'N':
			fmt.Fprintf(&b, "%09d", t.Nanosecond())
		case c == '%':
			b.WriteByte('%')
		case layouts[c] != "":
			b.WriteString(t.Format(layouts[c]))
		default:
			b.WriteString(format[i-1 : i+1])
		}
	}
	return b.String()
}

// envProgram is env [-i] [NAME=VALUE…] [PROGRAM [ARGUMENT…]] and printenv [NAME…].
func envProgram(ctx context.Context, p *invocation) int {
	args := p.args[1:]
	if p.args[0] == "printenv" && len(args) > 0 {
		code := 0
		for _, name := range args {
			if value := p.getenv(name); value != "" {
				fmt.Fprintln(p.stdout, value)
			} else {
				code = 1
			}
		}
		return code
	}
	env := append([]string{}, p.env...)
	for len(args) > 0 && (args[0] == "-i" || strings.Contains(args[0], "=")) {
		if args[0] == "-i" {
			env = nil
		} else {
			env = append(env, args[0])
		}
		args = args[1:]
	}
	if len(args) == 0 {
		for _, entry := range env {
			fmt.Fprintln(p.stdout, entry)
		}
		return 0
	}
	changed := *p
	changed.env = env
	return changed.call(ctx, args)
}

// call runs another program in the place of this one.
func (p *invocation) call(ctx context.Context, args []string) int {
	found, ok := p.container.lookup(args[0])
	if !ok {
		fmt.Fprintf(p.stderr, "%s: can't execute '%s': %v\n", p.args[0], args[0], errNoFile)
		return exitNotFound
	}
	inner := *p
	inner.args = args
	return found(ctx, &inner)
}

// hostnameProgram prints the pod's name, or with -i its address.
func hostnameProgram(_ context.Context, p *invocation) int {
	if len(p.args) > 1 && (p.args[1] == "-i" || p.args[1] == "-I") {
		fmt.Fprintln(p.stdout, p.container.spec.Address)
		return 0
	}
	fmt.Fprintln(p.stdout, p.container.spec.Hostname)
	return 0
}

func sleepProgram(ctx context.Context, p *invocation) int {
	var total time.Duration
	for _, arg := range p.args[1:] {
		d, ok := seconds(arg)
		if !ok {
			fmt.Fprintf(p.stderr, "sleep: invalid number '%s'\n", arg)
			return 1
		}
		if total += d; total < d {
			total = 1<<63 - 1 // forever
		}
	}
	if p.sleep(ctx, total) != nil {
		return exitKilled
	}
	return 0
}

// timeoutProgram is timeout [-s SIGNAL] [-k SECONDS] SECONDS PROGRAM [ARGUMENT…]. As with
// BusyBox, a program that takes too long leaves with 143.
func timeoutProgram(ctx context.Context, p *invocation) int {
	args := p.args[1:]
	for len(args) > 1 && (args[0] == "-s" || args[0] == "-k") {
		args = args[2:]
	}
	if len(args) < 2 {
		fmt.Fprintln(p.stderr, "Usage: timeout [-s SIG] [-k KILL_SECS] SECS PROG ARGS")
		return 1
	}
	limit, ok := seconds(args[0])
	if !ok {
		fmt.Fprintf(p.stderr, "timeout: invalid number '%s'\n", args[0])
		return 1
	}
	limited, cancel := clockcontext.WithTimeout(ctx, p.container.spec.Clock, limit)
	defer cancel()
	var release func()
	inner := *p
	inner.stdin, release = interruptibleInput(limited, p.stdin)
	defer release()
	code := inner.call(limited, args[1:])
	if clockcontext.TimedOut(limited) {
		return exitTerminated
	}
	return code
}
