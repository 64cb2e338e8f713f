package containers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"podsg/sandbox/containers/internal/libpq"
)

// psql's exit codes.
const (
	psqlFailed     = 1 // a -c command failed, or psql could not do its work
	psqlConnection = 2
	psqlScript     = 3 // an error in a script with ON_ERROR_STOP
)

// psqlProgram is psql [-h -p -U -d -c -f -v -F -A -t -q -X -w] [DBNAME [USERNAME]], where DBNAME
// may be a connection string.
func psqlProgram(ctx context.Context, p *invocation) int {
	call, err := parsePsql(p.args[1:])
	if err != nil {
		fmt.Fprintf(p.stderr, "psql: %v\npsql: hint: Try \"psql --help\" for more information.\n", err)
		return psqlFailed
	}
	if call.version {
		fmt.Fprintln(p.stdout, "psql (PostgreSQL) "+psqlVersion(p))
		return 0
	}
	for _, extra := range call.ignored {
		fmt.Fprintf(p.stderr, "psql: warning: extra command-line argument %q ignored\n", extra)
	}
	connection, err := call.connection(p)
	if err != nil {
		fmt.Fprintf(p.stderr, "psql: error: %v\n", err)
		return psqlConnection
	}
	s := &psqlSession{invocation: p, call: call, stdin: bufio.NewReader(p.input())}
	s.conn, err = libpq.Connect(ctx, connection, p.libpqEnvironment())
	if libpq.NeedsPassword(err) && !call.neverPrompt {
		// Without a terminal psql prompts on stderr and reads stdin.
		fmt.Fprintf(p.stderr, "Password for user %s: ", connection["user"])
		line, _ := s.stdin.ReadString('\n')
		fmt.Fprintln(p.stderr)
		connection["password"] = strings.TrimSuffix(line, "\n")
		s.conn, err = libpq.Connect(ctx, connection, p.libpqEnvironment())
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "psql: error: %v\n", err)
		return psqlConnection
	}
	defer s.conn.Close()
	return s.run(ctx)
}

// psqlVersion is the version of the image's client, as its environment tells.
func psqlVersion(p *invocation) string {
	if v := p.getenv("PG_VERSION"); v != "" {
		return v
	}
	return "17.5"
}

// libpqEnvironment lets the client library see the container and nothing else.
func (p *invocation) libpqEnvironment() libpq.Environment {
	c := p.container
	return libpq.Environment{
		Lookup: c.resolve,
		Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			return c.dial(ctx, to)
		},
		ReadFile: func(name string) ([]byte, error) { return c.files.readFile(p.absolute(name)) },
		Home:     p.getenv("HOME"),
		User:     "root",
		Clock:    c.spec.Clock,
	}
}

// psqlAction is one -c or -f, in their order.
type psqlAction struct {
	command string
	file    string // "-" is the standard input
	isFile  bool
}

// psqlCall is a command line of psql.
type psqlCall struct {
	options     libpq.Options
	database    string
	actions     []psqlAction
	format      tableFormat
	quiet       bool
	stopOnError bool
	neverPrompt bool
	version     bool
	ignored     []string
}

// longOptions maps psql's long options to the short ones.
var longOptions = map[string]string{
	"host": "h", "port": "p", "username": "U", "dbname": "d", "command": "c", "file": "f", "set": "v",
	"variable": "v", "field-separator": "F", "no-align": "A", "tuples-only": "t", "quiet": "q", "no-psqlrc": "X",
	"no-password": "w", "version": "V", "csv": "C",
}

func parsePsql(args []string) (psqlCall, error) {
	call := psqlCall{options: libpq.Options{}, format: tableFormat{separator: "|"}}
	var positional []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		letters, inline, hasInline := strings.TrimPrefix(arg, "-"), "", false
		switch {
		case arg == "--":
			positional = append(positional, args[i+1:]...)
			i = len(args)
			continue
		case strings.HasPrefix(arg, "--"):
			var name string
			name, inline, hasInline = strings.Cut(arg[2:], "=")
			if letters = longOptions[name]; letters == "" {
				return call, fmt.Errorf("unrecognized option '%s'", arg)
			}
		case len(arg) < 2 || arg[0] != '-':
			positional = append(positional, arg)
			continue
		}
		for j := 0; j < len(letters); j++ {
			letter := letters[j]
			if !strings.ContainsRune("hpUdcfvF", rune(letter)) {
				if err := call.flag(letter); err != nil {
					return call, err
				}
				continue
			}
			value := letters[j+1:]
			if hasInline {
				value = inline
			} else if value == "" {
				if i++; i >= len(args) {
					return call, fmt.Errorf("option requires an argument -- '%c'", letter)
				}
				value = args[i]
			}
			if err := call.valued(letter, value); err != nil {
				return call, err
			}
			break
		}
	}
	return call, call.place(positional)
}

// place assigns the arguments that are no options.
func (c *psqlCall) place(positional []string) error {
	for _, value := range positional {
		switch {
		case c.database == "":
			c.database = value
		case c.options["user"] == "":
			c.options["user"] = value
		default:
			c.ignored = append(c.ignored, value)
		}
	}
	return nil
}

func (c *psqlCall) flag(letter byte) error {
	switch letter {
	case 'A':
		c.format.unaligned = true
	case 't':
		c.format.tuplesOnly = true
	case 'q':
		c.quiet = true
	case 'w':
		c.neverPrompt = true
	case 'V':
		c.version = true
	case 'X':
	default:
		return fmt.Errorf("invalid option -- '%c'", letter)
	}
	return nil
}

func (c *psqlCall) valued(letter byte, value string) error {
	switch letter {
	case 'h':
		c.options["host"] = value
	case 'p':
		c.options["port"] = value
	case 'U':
		c.options["user"] = value
	case 'd':
		c.database = value
	case 'c':
		c.actions = append(c.actions, psqlAction{command: value})
	case 'f':
		c.actions = append(c.actions, psqlAction{file: value, isFile: true})
	case 'F':
		c.format.separator = value
	case 'v':
		name, setting, _ := strings.Cut(value, "=")
		if name == "ON_ERROR_STOP" {
			on, err := psqlBoolean(setting)
			if err != nil {
				return err
			}
			c.stopOnError = on
		}
	}
	return nil
}

func psqlBoolean(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "1", "on", "true", "yes", "":
		return value != "", nil
	case "0", "off", "false", "no":
		return false, nil
	}
	return false, errors.New("unrecognized value \"" + value + "\" for \"ON_ERROR_STOP\": Boolean expected")
}

// connection merges the environment, the options and a connection string, the last winning.
func (c *psqlCall) connection(p *invocation) (libpq.Options, error) {
	all := libpq.FromEnvironment(p.getenv)
	all["fallback_application_name"] = "psql"
	all["client_encoding"] = "UTF8"
	all.Merge(c.options)
	switch {
	case libpq.IsConninfo(c.database):
		parsed, err := libpq.ParseConninfo(c.database)
		if err != nil {
			return nil, err
		}
		all.Merge(parsed)
	case c.database != "":
		all["dbname"] = c.database
	}
	return all, nil
}

// isReadyProgram is pg_isready [-h HOST] [-p PORT] [-U USER] [-d DBNAME] [-t SECONDS] [-q].
func isReadyProgram(ctx context.Context, p *invocation) int {
	set, rest := options(p.args[1:], "hpUdt")
	const invalid = 3 // no attempt was made
	if unknownOption(p, set, "hpUdtq") || len(rest) > 0 {
		return invalid
	}
	all := libpq.FromEnvironment(p.getenv)
	all["connect_timeout"] = "3"
	for letter, keyword := range map[byte]string{'h': "host", 'p': "port", 'U': "user", 't': "connect_timeout"} {
		if value := set[letter]; value != "" {
			all[keyword] = value
		}
	}
	if database := set['d']; libpq.IsConninfo(database) {
		parsed, err := libpq.ParseConninfo(database)
		if err != nil {
			fmt.Fprintf(p.stderr, "pg_isready: error: %v\n", err)
			return invalid
		}
		all.Merge(parsed)
	} else if database != "" {
		all["dbname"] = database
	}
	answer, err := libpq.Ping(ctx, all, p.libpqEnvironment())
	if err != nil {
		fmt.Fprintf(p.stderr, "pg_isready: error: %v\n", err)
		return invalid
	}
	if has(set, 'q') {
		return int(answer)
	}
	host := all["hostaddr"]
	if all["host"] != "" {
		host = all["host"]
	}
	if host == "" {
		host = "/var/run/postgresql"
	}
	text := map[libpq.Answer]string{
		libpq.Accepting: "accepting connections", libpq.Rejecting: "rejecting connections", libpq.NoResponse: "no response",
	}[answer]
	fmt.Fprintf(p.stdout, "%s:%s - %s\n", host, all["port"], text)
	return int(answer)
}
