package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/syntax"
)

// catalogueQuery is a query that psql sends for one of its backslash commands. Such queries
// join half the system catalogue; the engine knows them by their shape and answers what they
// ask.
type catalogueQuery struct {
	columns []datum.Column
	answer  func(*Session, string) [][]datum.Value
	text    string
}

var (
	namePattern = regexp.MustCompile(`c\.relname OPERATOR\(pg_catalog\.~\) '([^']*)'`)
	kindsList   = regexp.MustCompile(`c\.relkind IN \(([^)]*)\)`)
	relationID  = regexp.MustCompile(`(?:c\.oid|attrelid|polrelid|stxrelid|prrelid|inhrelid|inhparent) ?= ?'(\d+)'`)
)

// recognise finds out which of psql's queries a text is, if any.
func recognise(text string) (syntax.Statement, bool) {
	text = strings.Join(strings.Fields(text), " ")
	query := catalogueQuery{text: text}
	switch {
	case strings.HasPrefix(text, `SELECT n.nspname as "Schema", c.relname as "Name", CASE c.relkind`) &&
		strings.Contains(text, `as "Owner" FROM pg_catalog.pg_class c`):
		query.columns = texts("Schema", "Name", "Type", "Owner")
		query.answer = listRelations
	case strings.HasPrefix(text, "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c"):
		query.columns = texts("oid", "nspname", "relname")
		query.answer = findRelations
	case strings.HasPrefix(text, "SELECT c.relchecks, c.relkind,"):
		query.columns = texts("relchecks", "relkind", "relhasindex", "relhasrules", "relhastriggers", "relrowsecurity",
			"relforcerowsecurity", "relhasoids", "relispartition", "?column?", "reltablespace", "case", "relpersistence",
			"relreplident", "amname")
		query.answer = describeRelation
	case strings.HasPrefix(text, "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),"):
		query.columns = texts("attname", "format_type", "pg_get_expr", "attnotnull", "attcollation", "attidentity",
			"attgenerated")
		query.answer = describeColumns
	case relationID.MatchString(text) && (strings.HasPrefix(text, "SELECT pol.polname,") ||
		strings.HasPrefix(text, "SELECT oid, stxrelid::") || strings.HasPrefix(text, "SELECT pubname , NULL") ||
		strings.HasPrefix(text, "SELECT c.oid::pg_catalog.regclass")):
		// Policies, statistics, publications and inheritance: there are none.
		query.columns = texts("name")
		query.answer = func(*Session, string) [][]datum.Value { return nil }
	default:
		return nil, false
	}
	return query, true
}

// texts are columns of text, which is all that psql looks at.
func texts(names ...string) []datum.Column {
	columns := make([]datum.Column, len(names))
	for i, name := range names {
		columns[i] = datum.Column{Name: name, Type: datum.Text}
	}
	return columns
}

func (q catalogueQuery) plan() *plan {
	return &plan{columns: q.columns, run: func(sc *scope) (*Result, error) {
		rows := q.answer(sc.session, q.text)
		return &Result{Columns: q.columns, Rows: rows, Tag: fmt.Sprintf("SELECT %d", len(rows))}, nil
	}}
}

// matching returns the tables whose name fits the pattern in the query, all without one.
func (s *Session) matching(query string) []*table {
	tables := s.tables()
	found := namePattern.FindStringSubmatch(query)
	if found == nil {
		return tables
	}
	pattern, err := regexp.Compile(found[1])
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(tables, func(t *table) bool { return !pattern.MatchString(t.name) })
}

func listRelations(s *Session, query string) [][]datum.Value {
	kinds := kindsList.FindStringSubmatch(query)
	if kinds == nil || !strings.Contains(kinds[1], "'r'") {
		return nil
	}
	var rows [][]datum.Value
	for _, t := range s.matching(query) {
		rows = append(rows, []datum.Value{"public", t.name, "table", s.db.Owner})
	}
	return rows
}

func findRelations(s *Session, query string) [][]datum.Value {
	var rows [][]datum.Value
	for _, t := range s.matching(query) {
		rows = append(rows, []datum.Value{strconv.FormatUint(uint64(t.oid), 10), "public", t.name})
	}
	return rows
}

// subject is the table whose id the query contains, nil when it is gone.
func (s *Session) subject(query string) *table {
	found := relationID.FindStringSubmatch(query)
	for _, t := range s.tables() {
		if found != nil && found[1] == strconv.FormatUint(uint64(t.oid), 10) {
			return t
		}
	}
	return nil
}

func describeRelation(s *Session, query string) [][]datum.Value {
	if s.subject(query) == nil {
		return nil
	}
	return [][]datum.Value{{"0", "r", "f", "f", "f", "f", "f", "f", "f", "", "0", "", "p", "d", "heap"}}
}

func describeColumns(s *Session, query string) [][]datum.Value {
	t := s.subject(query)
	if t == nil {
		return nil
	}
	var rows [][]datum.Value
	for _, c := range t.columns {
		rows = append(rows, []datum.Value{c.Name, c.Type.String(), nil, "f", nil, "", ""})
	}
	return rows
}
