package containers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strings"

	"github.com/spf13/pflag"

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

func parsePsql(args []string) (psqlCall, error) {
	call := psqlCall{options: libpq.Options{}, format: tableFormat{separator: "|"}}
	flags := pflag.NewFlagSet("psql", pflag.ContinueOnError)
	flags.Usage = func() {}
	parameter := func(keyword string) func(string) error {
		return func(value string) error { call.options[keyword] = value; return nil }
	}
	flags.FuncP("host", "h", "", parameter("host"))
	flags.FuncP("port", "p", "", parameter("port"))
	flags.FuncP("username", "U", "", parameter("user"))
	flags.StringVarP(&call.database, "dbname", "d", "", "")
	flags.FuncP("command", "c", "", func(value string) error {
		call.actions = append(call.actions, psqlAction{command: value})
		return nil
	})
	flags.FuncP("file", "f", "", func(value string) error {
		call.actions = append(call.actions, psqlAction{file: value, isFile: true})
		return nil
	})
	flags.FuncP("set", "v", "", call.variable)
	flags.FuncP("variable", "", "", call.variable)
	flags.StringVarP(&call.format.separator, "field-separator", "F", "|", "")
	flags.BoolVarP(&call.format.unaligned, "no-align", "A", false, "")
	flags.BoolVarP(&call.format.tuplesOnly, "tuples-only", "t", false, "")
	flags.BoolVarP(&call.quiet, "quiet", "q", false, "")
	flags.BoolVarP(&call.neverPrompt, "no-password", "w", false, "")
	flags.BoolVarP(&call.version, "version", "V", false, "")
	flags.BoolP("no-psqlrc", "X", false, "")
	if err := flags.Parse(args); err != nil {
		return call, getoptWords(err)
	}
	call.place(flags.Args())
	return call, nil
}

// getoptWords words a mistake on the command line as getopt_long does.
func getoptWords(err error) error {
	var unknown *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		return fmt.Errorf("unrecognized option '--%s'", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return fmt.Errorf("invalid option -- '%s'", unknown.GetSpecifiedName())
	case errors.As(err, &valueless) && valueless.GetSpecifiedShortnames() == "":
		return fmt.Errorf("option '--%s' requires an argument", valueless.GetSpecifiedName())
	case errors.As(err, &valueless):
		return fmt.Errorf("option requires an argument -- '%s'", valueless.GetSpecifiedName())
	case errors.As(err, &invalid):
		return invalid.Unwrap()
	}
	return err
}

// place assigns the arguments that are no options.
func (c *psqlCall) place(positional []string) {
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
}

// variable is -v NAME=VALUE, of which ON_ERROR_STOP has an effect here.
func (c *psqlCall) variable(assignment string) (err error) {
	name, value, _ := strings.Cut(assignment, "=")
	if name == "ON_ERROR_STOP" {
		c.stopOnError, err = psqlBoolean(value)
	}
	return err
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
	maps.Copy(all, c.options)
	switch {
	case libpq.IsConninfo(c.database):
		parsed, err := libpq.ParseConninfo(c.database)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, parsed)
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
		maps.Copy(all, parsed)
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
