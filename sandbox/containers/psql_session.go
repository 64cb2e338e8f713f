package containers

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"podsg/sandbox/containers/internal/libpq"
)

// psqlSession is psql once it is connected.
type psqlSession struct {
	*invocation
	call  psqlCall
	conn  *libpq.Conn
	stdin *bufio.Reader
}

// run carries out the actions of the command line, or the standard input without any.
func (s *psqlSession) run(ctx context.Context) int {
	if len(s.call.actions) == 0 {
		return s.script(ctx, s.stdin, "")
	}
	code := 0
	for _, action := range s.call.actions {
		if action.isFile {
			code = s.file(ctx, action.file)
		} else {
			code = s.command(ctx, action.command)
		}
		if code == psqlConnection || code != 0 && s.call.stopOnError {
			return code
		}
	}
	return code
}

func (s *psqlSession) file(ctx context.Context, name string) int {
	if name == "-" {
		return s.script(ctx, s.stdin, "<stdin>")
	}
	data, err := s.container.files.readFile(s.absolute(name))
	if err != nil {
		fmt.Fprintf(s.stderr, "psql: error: %s: %v\n", name, err)
		return psqlFailed
	}
	return s.script(ctx, strings.NewReader(string(data)), name)
}

// command carries out one -c: a backslash command, or SQL sent as one message.
func (s *psqlSession) command(ctx context.Context, text string) int {
	if strings.HasPrefix(strings.TrimSpace(text), `\`) {
		code, _ := s.backslash(ctx, strings.TrimSpace(text), "")
		return code
	}
	return s.query(ctx, text, "")
}

// script carries out statements one by one. name is that of the file, for error messages.
func (s *psqlSession) script(ctx context.Context, r io.Reader, name string) int {
	splitter := &statementSplitter{reader: bufio.NewReader(r)}
	for {
		text, isCommand, err := splitter.next()
		if err != nil && text == "" {
			return 0
		}
		where := ""
		if name != "" {
			where = fmt.Sprintf("psql:%s:%d: ", name, splitter.line)
		}
		code, quit := 0, false
		if isCommand {
			code, quit = s.backslash(ctx, text, where)
		} else {
			code = s.query(ctx, text, where)
		}
		switch {
		case quit:
			return code
		case code == psqlConnection:
			return code
		case code != 0 && s.call.stopOnError:
			return psqlScript
		}
	}
}

// query sends SQL and prints what comes back. where precedes errors.
func (s *psqlSession) query(ctx context.Context, text, where string) int {
	ok, err := s.conn.Query(ctx, text, libpq.Handler{
		Result: func(r *pgconn.Result) {
			switch {
			case r.FieldDescriptions != nil:
				s.call.format.print(s.stdout, r)
			case !s.call.quiet:
				fmt.Fprintln(s.stdout, r.CommandTag)
			}
		},
		Error: func(e *pgconn.PgError) {
			fmt.Fprint(s.stderr, where+message(e.Severity, e.Message, errorPosition(text, int(e.Position)), e.Detail, e.Hint))
		},
		Notice: func(n *pgconn.Notice) {
			fmt.Fprint(s.stderr, where+message(n.Severity, n.Message, "", n.Detail, n.Hint))
		},
	})
	switch {
	case err != nil:
		fmt.Fprintf(s.stderr, "%s%v\nconnection to server was lost\n", where, err)
		return psqlConnection
	case !ok:
		return psqlFailed
	}
	return 0
}

func message(severity, text, position, detail, hint string) string {
	m := severity + ":  " + text + "\n" + position
	if detail != "" {
		m += "DETAIL:  " + detail + "\n"
	}
	if hint != "" {
		m += "HINT:  " + hint + "\n"
	}
	return m
}

// backslash carries out one of psql's own commands.
func (s *psqlSession) backslash(ctx context.Context, text, where string) (code int, quit bool) {
	name, argument, _ := strings.Cut(text, " ")
	argument = strings.TrimSpace(argument)
	switch {
	case name == `\q`:
		return 0, true
	case name == `\echo`:
		fmt.Fprintln(s.stdout, strings.Trim(argument, "'"))
		return 0, false
	case name == `\conninfo`:
		fmt.Fprintln(s.stdout, s.connectionInfo())
		return 0, false
	case name == `\set` && strings.HasPrefix(argument, "ON_ERROR_STOP"):
		on, err := psqlBoolean(strings.TrimSpace(strings.TrimPrefix(argument, "ON_ERROR_STOP")))
		if err != nil {
			fmt.Fprintf(s.stderr, "%s%v\n", where, err)
			return psqlFailed, false
		}
		s.call.stopOnError = on
		return 0, false
	case (name == `\dt` || name == `\d`) && argument == "":
		return s.listRelations(ctx, name == `\d`, where), false
	case name == `\dt` || name == `\d`:
		fmt.Fprintf(s.stderr, "%s%s with a name is not supported in a practice container\n", where, name)
		return psqlFailed, false
	}
	fmt.Fprintf(s.stderr, "%sinvalid command %s\n", where, name)
	return psqlFailed, false
}

func (s *psqlSession) connectionInfo() string {
	o := s.conn.Options()
	info := fmt.Sprintf("You are connected to database %q as user %q on host %q at port %q.",
		o["dbname"], o["user"], o["host"], o["port"])
	if state := s.conn.TLS(); state != nil {
		info += fmt.Sprintf("\nSSL connection (protocol: %s, cipher: %s, compression: off)",
			strings.Replace(tls.VersionName(state.Version), " ", "v", 1), tls.CipherSuiteName(state.CipherSuite))
	}
	return info
}

// listRelations is \dt and \d; the query is the one psql sends.
func (s *psqlSession) listRelations(ctx context.Context, all bool, where string) int {
	kinds := "'r','p',''"
	if all {
		kinds = "'r','p','v','m','S','f',''"
	}
	query := `SELECT n.nspname as "Schema",
  c.relname as "Name",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END as "Type",
  pg_catalog.pg_get_userbyid(c.relowner) as "Owner"
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE c.relkind IN (` + kinds + `)
      AND n.nspname <> 'pg_catalog'
      AND n.nspname !~ '^pg_toast'
      AND n.nspname <> 'information_schema'
  AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY 1,2;`
	outer := s.call.format
	defer func() { s.call.format = outer }()
	s.call.format.title = "List of relations"
	s.call.format.empty = "Did not find any relations.\n"
	return s.query(ctx, query, where)
}
