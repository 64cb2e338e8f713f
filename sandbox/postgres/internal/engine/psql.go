package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// catalogQuery is a query that psql sends for one of its backslash commands. Such queries join
// half the system catalogue; the engine knows them by their shape and answers what they ask.
type catalogQuery struct {
	columns []Column
	answer  func(*Session, string) [][]Value
	text    string
}

var (
	namePattern = regexp.MustCompile(`c\.relname OPERATOR\(pg_catalog\.~\) '([^']*)'`)
	kindsList   = regexp.MustCompile(`c\.relkind IN \(([^)]*)\)`)
	relationID  = regexp.MustCompile(`(?:c\.oid|attrelid|polrelid|stxrelid|prrelid|inhrelid|inhparent) ?= ?'(\d+)'`)
)

// recogniseCatalogQuery finds out which of psql's queries a text is, if any.
func recogniseCatalogQuery(text string) (catalogQuery, bool) {
	text = strings.Join(strings.Fields(text), " ")
	query := catalogQuery{text: text}
	switch {
	case strings.HasPrefix(text, `SELECT n.nspname as "Schema", c.relname as "Name", CASE c.relkind`) &&
		strings.Contains(text, `as "Owner" FROM pg_catalog.pg_class c`):
		query.columns = []Column{{"Schema", Name}, {"Name", Name}, {"Type", Text}, {"Owner", Name}}
		query.answer = listRelations
	case strings.HasPrefix(text, "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c"):
		query.columns = []Column{{"oid", OID}, {"nspname", Name}, {"relname", Name}}
		query.answer = findRelations
	case strings.HasPrefix(text, "SELECT c.relchecks, c.relkind,"):
		query.columns = []Column{
			{"relchecks", Int2}, {"relkind", Text}, {"relhasindex", Bool}, {"relhasrules", Bool},
			{"relhastriggers", Bool}, {"relrowsecurity", Bool}, {"relforcerowsecurity", Bool}, {"relhasoids", Bool},
			{"relispartition", Bool}, {"?column?", Text}, {"reltablespace", OID}, {"case", Text},
			{"relpersistence", Text}, {"relreplident", Text}, {"amname", Name},
		}
		query.answer = describeRelation
	case strings.HasPrefix(text, "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),"):
		query.columns = []Column{
			{"attname", Name}, {"format_type", Text}, {"pg_get_expr", Text}, {"attnotnull", Bool},
			{"attcollation", Name}, {"attidentity", Text}, {"attgenerated", Text},
		}
		query.answer = describeColumns
	case strings.HasPrefix(text, "SELECT c2.relname, i.indisprimary, i.indisunique,"):
		query.columns = []Column{
			{"relname", Name}, {"indisprimary", Bool}, {"indisunique", Bool}, {"indisclustered", Bool},
			{"indisvalid", Bool}, {"pg_get_indexdef", Text}, {"pg_get_constraintdef", Text}, {"contype", Text},
			{"condeferrable", Bool}, {"condeferred", Bool}, {"indisreplident", Bool}, {"reltablespace", OID},
		}
		query.answer = describeIndexes
	case relationID.MatchString(text) && (strings.HasPrefix(text, "SELECT pol.polname,") ||
		strings.HasPrefix(text, "SELECT oid, stxrelid::") || strings.HasPrefix(text, "SELECT pubname , NULL") ||
		strings.HasPrefix(text, "SELECT c.oid::pg_catalog.regclass")):
		// Policies, statistics, publications and inheritance: there are none.
		query.columns = []Column{{"name", Name}}
		query.answer = func(*Session, string) [][]Value { return nil }
	default:
		return catalogQuery{}, false
	}
	return query, true
}

func (a *analyser) planCatalog(ast catalogStatement) (*plan, error) {
	q := ast.query
	return &plan{columns: q.columns, run: func(sc *scope) (*Result, error) {
		rows := q.answer(sc.session, q.text)
		return &Result{Columns: q.columns, Rows: rows, Tag: fmt.Sprintf("SELECT %d", len(rows))}, nil
	}}, nil
}

// matching returns the tables whose name fits the pattern in the query, all without one.
func (s *Session) matching(query string) []*table {
	tables := s.sortedTables()
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

func listRelations(s *Session, query string) [][]Value {
	kinds := kindsList.FindStringSubmatch(query)
	wanted := func(kind string) bool { return kinds != nil && strings.Contains(kinds[1], "'"+kind+"'") }
	var rows [][]Value
	for _, t := range s.matching(query) {
		if wanted("r") {
			rows = append(rows, []Value{"public", t.name, "table", t.owner})
		}
		for _, c := range t.columns {
			if c.serial && wanted("S") {
				rows = append(rows, []Value{"public", t.name + "_" + c.Name + "_seq", "sequence", t.owner})
			}
		}
	}
	slices.SortFunc(rows, func(x, y []Value) int { return strings.Compare(x[1].(string), y[1].(string)) })
	return rows
}

func findRelations(s *Session, query string) [][]Value {
	var rows [][]Value
	for _, t := range s.matching(query) {
		rows = append(rows, []Value{int64(t.oid), "public", t.name})
	}
	return rows
}

// subject is the table whose id the query contains, nil when it is gone.
func (s *Session) subject(query string) *table {
	found := relationID.FindStringSubmatch(query)
	if found == nil {
		return nil
	}
	oid, err := strconv.ParseUint(found[1], 10, 32)
	if err != nil {
		return nil
	}
	for _, t := range s.sortedTables() {
		if t.oid == uint32(oid) {
			return t
		}
	}
	return nil
}

func describeRelation(s *Session, query string) [][]Value {
	t := s.subject(query)
	if t == nil {
		return nil
	}
	return [][]Value{{
		int64(0), "r", len(t.keys) > 0, false, false, false, false, false, false, "", int64(0), "", "p", "d", "heap",
	}}
}

func describeColumns(s *Session, query string) [][]Value {
	t := s.subject(query)
	if t == nil {
		return nil
	}
	var rows [][]Value
	for _, c := range t.columns {
		var shown Value
		if c.defaultText != "" {
			shown = c.defaultText
		}
		rows = append(rows, []Value{c.Name, c.displayType(), shown, c.notNull, nil, "", ""})
	}
	return rows
}

func describeIndexes(s *Session, query string) [][]Value {
	t := s.subject(query)
	if t == nil {
		return nil
	}
	var rows [][]Value
	for _, key := range t.keys {
		var names []string
		for _, i := range key.columns {
			names = append(names, t.columns[i].Name)
		}
		list := "(" + strings.Join(names, ", ") + ")"
		constraint, kind := "UNIQUE "+list, "u"
		if key.primary {
			constraint, kind = "PRIMARY KEY "+list, "p"
		}
		index := "CREATE UNIQUE INDEX " + key.name + " ON " + t.name + " USING btree " + list
		rows = append(rows, []Value{
			key.name, key.primary, true, false, true, index, constraint, kind, false, false, false, int64(0),
		})
	}
	return rows
}
