// Package engine is the small SQL engine behind the practice world's PostgreSQL server.
//
// It keeps tables in memory and carries out on them what podsg, its pods and the start of a
// client ask, with PostgreSQL's types, messages, SQLSTATEs and transaction rules. What it does
// not know it refuses with SQLSTATE 0A000 rather than pretending.
package engine

import (
	"context"
	"maps"
	"slices"
	"sync"

	"podsg/sandbox/postgres/internal/datum"
)

// firstTableOID is where PostgreSQL starts to number user objects.
const firstTableOID = 16384

// Database holds tables. Readers see what is committed; a transaction that writes a table
// holds the table for itself until it ends, and others that want to write it wait.
type Database struct {
	Name  string
	Owner string

	mu      sync.Mutex
	tables  map[string]*table
	nextOID uint32
	writers map[string]*Session // table name → who holds it
	changed chan struct{}       // closed and replaced when a table is released
}

// NewDatabase returns an empty database.
func NewDatabase(name, owner string) *Database {
	return &Database{
		Name: name, Owner: owner,
		tables:  map[string]*table{},
		nextOID: firstTableOID,
		writers: map[string]*Session{},
		changed: make(chan struct{}),
	}
}

// A table is never changed once it is visible to others: a write makes a new version.
type table struct {
	oid     uint32
	name    string
	columns []datum.Column
	rows    [][]datum.Value
}

// withRows returns a version of the table that holds rows.
func (t *table) withRows(rows [][]datum.Value) *table {
	version := *t
	version.rows = rows
	return &version
}

func (t *table) column(name string) int {
	return slices.IndexFunc(t.columns, func(c datum.Column) bool { return c.Name == name })
}

// committed returns the committed version of a table, nil when there is none.
func (d *Database) committed(name string) *table {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tables[name]
}

func (d *Database) committedTables() map[string]*table {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.tables)
}

func (d *Database) newOID() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	oid := d.nextOID
	d.nextOID++
	return oid
}

// hold makes s the only session that may write the table until release. It waits for another
// holder, and fails when ctx ends. Two that wait for each other wait until one is cancelled.
func (d *Database) hold(ctx context.Context, s *Session, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.writers[name] != nil && d.writers[name] != s {
		changed := d.changed
		d.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		d.mu.Lock()
		if err != nil {
			return err
		}
	}
	d.writers[name] = s
	return nil
}

// commit makes the changed tables visible and lets go of everything s holds. A nil table is
// one that was dropped.
func (d *Database) commit(s *Session, changes map[string]*table) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, t := range changes {
		if t == nil {
			delete(d.tables, name)
		} else {
			d.tables[name] = t
		}
	}
	d.releaseLocked(s)
}

// release lets go of everything s holds without changing anything.
func (d *Database) release(s *Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.releaseLocked(s)
}

func (d *Database) releaseLocked(s *Session) {
	held := len(d.writers)
	maps.DeleteFunc(d.writers, func(_ string, holder *Session) bool { return holder == s })
	if len(d.writers) != held {
		close(d.changed)
		d.changed = make(chan struct{})
	}
}
