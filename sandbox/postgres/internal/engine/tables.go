package engine

import (
	"slices"
	"strings"
)

func (a *analyser) planCreateTable(ast createTableStatement) (*plan, error) {
	s := a.session
	if ast.table.schema != "" && ast.table.schema != "public" {
		return nil, errorAt(ast.table.offset, codeInvalidSchemaName, "schema %q does not exist", ast.table.schema)
	}
	t := &table{name: ast.table.name, owner: s.env.User, sequences: &sequences{last: map[string]int64{}}}
	if err := a.defineColumns(t, ast); err != nil {
		return nil, err
	}
	if err := defineKeys(t, ast); err != nil {
		return nil, err
	}
	// That the table exists is found out when the statement runs, as in PostgreSQL.
	return &plan{run: func(*scope) (*Result, error) {
		switch exists := s.table(t.name) != nil; {
		case exists && ast.ifNotExists:
			s.notice(codeDuplicateTable, `relation "`+t.name+`" already exists, skipping`)
		case exists:
			return nil, errorAt(nowhere, codeDuplicateTable, "relation %q already exists", t.name)
		case s.env.User != s.db.Owner:
			return nil, denied("permission denied for schema public")
		default:
			t.oid = s.db.newOID()
			s.put(t)
		}
		return &Result{Tag: "CREATE TABLE"}, nil
	}}, nil
}

func (a *analyser) defineColumns(t *table, ast createTableStatement) error {
	for _, c := range ast.columns {
		typ, err := c.typ.resolve()
		if err != nil {
			return err
		}
		if t.column(c.name.name) >= 0 {
			return errorAt(nowhere, codeDuplicateColumn, "column %q specified more than once", c.name.name)
		}
		t.columns = append(t.columns, tableColumn{
			Column:       Column{Name: c.name.name, Type: typ},
			length:       c.typ.length,
			notNull:      c.notNull,
			serial:       c.serial,
			defaultValue: c.defaultValue,
			defaultText:  defaultText(t.name, c, typ),
		})
		// A default is checked where it is declared.
		if _, err := a.stored(c.defaultValue, t, len(t.columns)-1); err != nil {
			return err
		}
	}
	return nil
}

// defaultText is how \d shows a default.
func defaultText(table string, c columnDefinition, typ Type) string {
	if c.serial {
		return "nextval('" + table + "_" + c.name.name + "_seq'::regclass)"
	}
	switch n := c.defaultValue.(type) {
	case literal:
		if n.typ == Unknown && n.value != nil {
			return "'" + strings.ReplaceAll(n.value.(string), "'", "''") + "'::" + typ.String()
		}
		if n.value != nil {
			return castText(n.typ, n.value)
		}
	case call:
		if slices.Contains(keywordFunctions, n.name) {
			return upper(n.name)
		}
		return n.name + "()"
	}
	return ""
}

// defineKeys sets the primary key and the unique columns, named as PostgreSQL names them.
func defineKeys(t *table, ast createTableStatement) error {
	primary := ast.primaryKey
	for i, c := range ast.columns {
		if c.primaryKey {
			if primary != nil {
				return errorAt(c.name.offset, "42P16", "multiple primary keys for table %q are not allowed", t.name)
			}
			primary = []identifier{c.name}
		}
		if c.unique {
			t.keys = append(t.keys, uniqueKey{name: t.name + "_" + c.name.name + "_key", columns: []int{i}})
		}
	}
	if primary == nil {
		return nil
	}
	key := uniqueKey{name: t.name + "_pkey", primary: true}
	for _, name := range primary {
		i := t.column(name.name)
		if i < 0 {
			return errorAt(name.offset, codeUndefinedColumn, "column %q named in key does not exist", name.name)
		}
		t.columns[i].notNull = true
		key.columns = append(key.columns, i)
	}
	t.keys = slices.Insert(t.keys, 0, key)
	return nil
}

func (a *analyser) planDropTable(ast dropTableStatement) (*plan, error) {
	s := a.session
	return &plan{run: func(*scope) (*Result, error) {
		for _, r := range ast.tables {
			t, _ := s.resolve(r)
			switch {
			case t != nil:
				s.transaction().changes[r.name] = nil
			case s.table(r.name) != nil && (r.schema == "" || r.schema == "public"):
				return nil, denied("must be owner of table " + r.name)
			case ast.ifExists:
				s.notice("00000", `table "`+r.name+`" does not exist, skipping`)
			default:
				return nil, errorAt(nowhere, codeUndefinedTable, "table %q does not exist", r.display())
			}
		}
		return &Result{Tag: "DROP TABLE"}, nil
	}}, nil
}
