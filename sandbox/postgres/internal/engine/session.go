package engine

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"time"

	"k8s.io/utils/clock"
)

// Environment is what a session's functions and settings can tell about its connection.
type Environment struct {
	User       string
	PID        uint32
	ClientAddr netip.Addr
	ClientPort uint16
	ServerAddr netip.Addr
	ServerPort uint16
	TLS        *TLSInfo // nil without encryption
	Version    string   // such as "17.5"
	Started    time.Time
	Clock      clock.Clock
	Settings   map[string]string // starting values of run-time parameters
	// Databases lists the server's databases, for pg_database.
	Databases func() []*Database
	// Notice receives notices and warnings while a statement runs.
	Notice func(Notice)
	// Reported is told about changed parameters that clients are kept informed of.
	Reported func(name, value string)
}

// TLSInfo describes the encryption of a connection as pg_stat_ssl shows it.
type TLSInfo struct {
	Version string // such as "TLSv1.3"
	Cipher  string
	Bits    int
}

// The states of a session between statements, as ReadyForQuery tells them.
const (
	StatusIdle   = 'I'
	StatusInTx   = 'T'
	StatusFailed = 'E'
)

// Session is one client's view of a database. It serves one statement at a time.
type Session struct {
	db       *Database
	env      Environment
	settings map[string]string
	tx       *transaction
}

// transaction collects changes until commit. Outside BEGIN there is an implicit one that lasts
// until Sync, so that the statements of one message succeed or fail together.
type transaction struct {
	explicit bool
	failed   bool
	readOnly bool
	started  time.Time
	changes  map[string]*table // nil for a dropped table
}

// NewSession starts a session in a database.
func NewSession(db *Database, env Environment) *Session {
	s := &Session{db: db, env: env, settings: map[string]string{}}
	s.settings = s.initialSettings()
	return s
}

// Close gives up an open transaction.
func (s *Session) Close() { s.end(false) }

// Status is the state of the session's transaction: StatusIdle, StatusInTx or StatusFailed.
func (s *Session) Status() byte {
	switch {
	case s.tx == nil || !s.tx.explicit:
		return StatusIdle
	case s.tx.failed:
		return StatusFailed
	}
	return StatusInTx
}

// Sync ends an implicit transaction: it commits, or rolls back after an error.
func (s *Session) Sync() {
	if s.tx != nil && !s.tx.explicit {
		s.end(!s.tx.failed)
	}
}

// Fail marks the transaction as failed, as any error does.
func (s *Session) Fail() { s.transaction().failed = true }

func (s *Session) transaction() *transaction {
	if s.tx == nil {
		s.tx = &transaction{started: s.env.Clock.Now(), changes: map[string]*table{}}
	}
	return s.tx
}

func (s *Session) end(commit bool) {
	if s.tx == nil {
		return
	}
	if commit {
		s.db.commit(s, s.tx.changes)
	} else {
		s.db.release(s)
	}
	s.tx = nil
}

// Statement is a parsed statement with the types of its parameters and result.
type Statement struct {
	Params  []Type
	Columns []Column // nil when the statement returns no rows

	text string
	ast  statement
}

// NoStatement is what an empty query text prepares.
func NoStatement() *Statement { return &Statement{} }

// Empty reports whether there is nothing to execute.
func (st *Statement) Empty() bool { return st.ast == nil }

// Result is what a statement returned.
type Result struct {
	Columns []Column // nil when the statement returns no rows
	Rows    [][]Value
	Tag     string // of CommandComplete
}

// Parse splits a query text in statements. The whole text must be well formed.
func (s *Session) Parse(text string) ([]*Statement, error) {
	parsed, err := parse(text)
	if err != nil {
		return nil, locate(text, err)
	}
	statements := make([]*Statement, len(parsed))
	for i, ast := range parsed {
		statements[i] = &Statement{text: text, ast: ast}
	}
	return statements, nil
}

// Analyse resolves names and types of a statement, filling in its Params and Columns.
// Types given by the client come first; the others are inferred.
func (s *Session) Analyse(st *Statement, given []Type) error {
	if err := s.refuseInFailed(st.ast); err != nil {
		return err
	}
	a := s.newAnalyser(given)
	p, err := a.plan(st.ast)
	if err != nil {
		return locate(st.text, err)
	}
	st.Columns = p.columns
	if st.Params, err = a.paramTypes(); err != nil {
		return locate(st.text, err)
	}
	return nil
}

// Execute runs a statement. args are the values of its parameters.
func (s *Session) Execute(ctx context.Context, st *Statement, args []Value) (*Result, error) {
	if err := s.refuseInFailed(st.ast); err != nil {
		return nil, err
	}
	result, err := s.execute(ctx, st, args)
	if err == nil {
		return result, nil
	}
	s.Fail()
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		err = &Error{Code: codeQueryCanceled, Message: "canceling statement due to user request"}
	}
	return nil, locate(st.text, err)
}

// refuseInFailed lets only the end of a transaction through after an error in it.
func (s *Session) refuseInFailed(ast statement) error {
	if s.tx == nil || !s.tx.explicit || !s.tx.failed {
		return nil
	}
	switch ast.(type) {
	case commitStatement, rollbackStatement:
		return nil
	}
	return &Error{
		Code:    codeInFailedTransaction,
		Message: "current transaction is aborted, commands ignored until end of transaction block",
	}
}

func (s *Session) execute(ctx context.Context, st *Statement, args []Value) (*Result, error) {
	if result, done := s.control(st.ast); done {
		return result, nil
	}
	tx := s.transaction()
	command, tables := written(st.ast)
	if command != "" && tx.readOnly {
		return nil, &Error{Code: "25006", Message: "cannot execute " + command + " in a read-only transaction"}
	}
	for _, r := range tables {
		if err := s.db.hold(ctx, s, r.name); err != nil {
			return nil, err
		}
	}
	// Names are resolved again: tables may have changed since Analyse, or while waiting.
	p, err := s.newAnalyser(st.Params).plan(st.ast)
	if err != nil {
		return nil, err
	}
	return p.run(&scope{ctx: ctx, session: s, args: args})
}

// written tells the command and the tables a statement writes.
func written(ast statement) (command string, tables []relation) {
	switch ast := ast.(type) {
	case insertStatement:
		return "INSERT", []relation{ast.table}
	case updateStatement:
		return "UPDATE", []relation{ast.table}
	case deleteStatement:
		return "DELETE", []relation{ast.table}
	case truncateStatement:
		return "TRUNCATE TABLE", ast.tables
	case createTableStatement:
		return "CREATE TABLE", []relation{ast.table}
	case dropTableStatement:
		return "DROP TABLE", ast.tables
	}
	return "", nil
}

// control runs BEGIN, COMMIT and ROLLBACK.
func (s *Session) control(ast statement) (*Result, bool) {
	switch ast := ast.(type) {
	case beginStatement:
		tx := s.transaction()
		if tx.explicit {
			s.warn("25001", "there is already a transaction in progress")
		}
		tx.explicit = true
		tx.readOnly = tx.readOnly || ast.readOnly
		return &Result{Tag: ast.tag}, true
	case commitStatement:
		tag := "COMMIT"
		if !s.inBlock() {
			s.warn(codeNoActiveTransaction, "there is no transaction in progress")
		} else if s.tx.failed {
			tag = "ROLLBACK"
		}
		s.end(s.tx != nil && !s.tx.failed)
		return &Result{Tag: tag}, true
	case rollbackStatement:
		if !s.inBlock() {
			s.warn(codeNoActiveTransaction, "there is no transaction in progress")
		}
		s.end(false)
		return &Result{Tag: "ROLLBACK"}, true
	}
	return nil, false
}

func (s *Session) inBlock() bool { return s.tx != nil && s.tx.explicit }

func (s *Session) warn(code, message string) {
	s.env.Notice(Notice{Severity: "WARNING", Code: code, Message: message})
}

func (s *Session) notice(code, message string) {
	s.env.Notice(Notice{Severity: "NOTICE", Code: code, Message: message})
}

// table returns the session's view of a user table: its own changes first.
func (s *Session) table(name string) *table {
	if s.tx != nil {
		if t, changed := s.tx.changes[name]; changed {
			return t
		}
	}
	return s.db.committed(name)
}

// tables returns the session's view of all user tables.
func (s *Session) tables() map[string]*table {
	all := s.db.committedTables()
	if s.tx != nil {
		for name, t := range s.tx.changes {
			if t == nil {
				delete(all, name)
			} else {
				all[name] = t
			}
		}
	}
	return all
}

// resolve finds a table by the name in a statement.
func (s *Session) resolve(r relation) (*table, error) {
	if r.schema == "" || r.schema == "public" {
		if t := s.table(r.name); t != nil {
			if t.owner != s.env.User {
				return nil, denied("permission denied for table " + t.name)
			}
			return t, nil
		}
	}
	return nil, errorAt(r.offset, codeUndefinedTable, "relation %q does not exist", r.display())
}

// denied refuses what belongs to another role. Nothing can be granted here, so an owner is the
// only one with rights.
func denied(message string) *Error {
	return &Error{Code: codeInsufficientPrivilege, Message: message}
}

func (s *Session) put(t *table) { s.transaction().changes[t.name] = t }

// versionNumber is server_version_num, such as 170005 for 17.5.
func (s *Session) versionNumber() string {
	var major, minor int
	for i, c := range s.env.Version {
		if c == '.' {
			minor, _ = strconv.Atoi(s.env.Version[i+1:])
			break
		}
		if !isDigit(c) {
			break
		}
		major = major*10 + int(c-'0')
	}
	return strconv.Itoa(major*10000 + minor)
}
