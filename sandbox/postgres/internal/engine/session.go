package engine

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/utils/clock"

	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
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
	Clock      clock.Clock
	Settings   map[string]string // starting values of run-time parameters
	// Notice receives notices and warnings while a statement runs.
	Notice func(sqlerror.Notice)
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
		s.tx = &transaction{changes: map[string]*table{}}
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

func (s *Session) inBlock() bool { return s.tx != nil && s.tx.explicit }

func (s *Session) warn(code, message string) {
	s.env.Notice(sqlerror.Notice{Severity: "WARNING", Code: code, Message: message})
}

func (s *Session) notice(code, message string) {
	s.env.Notice(sqlerror.Notice{Severity: "NOTICE", Code: code, Message: message})
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

// resolve finds a table by the name in a statement.
func (s *Session) resolve(r syntax.Relation) (*table, error) {
	if r.Schema == "" || r.Schema == "public" {
		if t := s.table(r.Name); t != nil {
			return t, nil
		}
	}
	if r.Schema == "pg_catalog" || r.Schema == "information_schema" || r.Schema == "" && strings.HasPrefix(r.Name, "pg_") {
		return nil, sqlerror.Unsupported(r.Offset, "relation "+r.String())
	}
	return nil, sqlerror.At(r.Offset, sqlerror.CodeUndefinedTable, "relation %q does not exist", r)
}

func (s *Session) put(t *table) { s.transaction().changes[t.name] = t }

// tables returns the session's view of all user tables by their names.
func (s *Session) tables() []*table {
	all := s.db.committedTables()
	if s.tx != nil {
		maps.Copy(all, s.tx.changes)
	}
	var sorted []*table
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if t := all[name]; t != nil {
			sorted = append(sorted, t)
		}
	}
	return sorted
}
