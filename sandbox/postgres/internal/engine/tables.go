package engine

import (
	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

func (a *analyser) planCreateTable(ast syntax.CreateTable) (*plan, error) {
	s := a.session
	if ast.Table.Schema != "" && ast.Table.Schema != "public" {
		return nil, sqlerror.At(ast.Table.Offset, sqlerror.CodeInvalidSchemaName, "schema %q does not exist", ast.Table.Schema)
	}
	t := &table{name: ast.Table.Name}
	for _, c := range ast.Columns {
		typ, err := resolveType(c.Type)
		if err != nil {
			return nil, err
		}
		if t.column(c.Name.Name) >= 0 {
			return nil, sqlerror.New(sqlerror.CodeDuplicateColumn, "column %q specified more than once", c.Name.Name)
		}
		t.columns = append(t.columns, datum.Column{Name: c.Name.Name, Type: typ})
	}
	// That the table exists is found out when the statement runs, as in PostgreSQL.
	return &plan{run: func(*scope) (*Result, error) {
		switch exists := s.table(t.name) != nil; {
		case exists && ast.IfNotExists:
			s.notice(sqlerror.CodeDuplicateTable, `relation "`+t.name+`" already exists, skipping`)
		case exists:
			return nil, sqlerror.New(sqlerror.CodeDuplicateTable, "relation %q already exists", t.name)
		default:
			t.oid = s.db.newOID()
			s.put(t)
		}
		return &Result{Tag: "CREATE TABLE"}, nil
	}}, nil
}

func (a *analyser) planDropTable(ast syntax.DropTable) (*plan, error) {
	s := a.session
	return &plan{run: func(*scope) (*Result, error) {
		for _, r := range ast.Tables {
			t, _ := s.resolve(r)
			switch {
			case t != nil:
				s.transaction().changes[r.Name] = nil
			case ast.IfExists:
				s.notice(sqlerror.CodeSuccessfulCompletion, `table "`+r.Name+`" does not exist, skipping`)
			default:
				return nil, sqlerror.New(sqlerror.CodeUndefinedTable, "table %q does not exist", r)
			}
		}
		return &Result{Tag: "DROP TABLE"}, nil
	}}, nil
}
