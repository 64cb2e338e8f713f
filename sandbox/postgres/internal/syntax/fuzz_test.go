package syntax_test

import (
	"testing"

	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

// Whatever a client sends is parsed or refused at a place in the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"CREATE TABLE IF NOT EXISTS welcome (column1 TEXT)", "insert into t (a, b) values ($1, 'it''s'), (-1.5, null);",
		"select ssl as s from pg_stat_ssl where pid = pg_backend_pid() and 'a' is not null limit 1", "begin; drop table t; rollback",
		`select cast(E'\n' as pg_catalog.text), "x""y"::int from public.t`, "set a.b to -1; show time zone; reset all", "/* -- $", "deallocate",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := syntax.Parse(text, func(string) (syntax.Statement, bool) { return nil, false })
		if problem, ok := sqlerror.Locate(text, err).(*sqlerror.Error); err != nil && (!ok || problem.Position < 1) {
			t.Errorf("%q: %v at no place", text, err)
		}
	})
}
