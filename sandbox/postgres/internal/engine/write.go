package engine

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// stored analyses a value for a column: its type must fit by assignment.
func (a *analyser) stored(n node, t *table, column int) (expr, error) {
	c := t.columns[column]
	if n == nil {
		return a.defaultOf(t, column)
	}
	e, err := a.expression(n)
	if err != nil {
		return expr{}, err
	}
	if e, err = a.settle(e, c.Type); err != nil {
		return expr{}, err
	}
	convert := conversion(e.typ, c.Type, assignmentCast)
	if convert == nil {
		mismatch := errorAt(n.start(), codeDatatypeMismatch,
			"column %q is of type %s but expression is of type %s", c.Name, c.Type, e.typ)
		mismatch.Hint = "You will need to rewrite or cast the expression."
		return expr{}, mismatch
	}
	return converted(e, c.Type, convert), nil
}

// defaultOf is the value of a column that an INSERT leaves out.
func (a *analyser) defaultOf(t *table, column int) (expr, error) {
	c := t.columns[column]
	switch {
	case c.serial:
		return expr{typ: c.Type, eval: func(*scope) (Value, error) {
			n := t.sequences.next(c.Name)
			return n, checkRange(c.Type, n)
		}}, nil
	case c.defaultValue != nil:
		return a.stored(c.defaultValue, t, column)
	}
	return constant(c.Type, nil, 0), nil
}

// targets maps the columns named in a statement to their places in the table.
func targets(t *table, names []identifier) ([]int, error) {
	places := make([]int, 0, len(names))
	for _, name := range names {
		i := t.column(name.name)
		if i < 0 {
			return nil, errorAt(name.offset, codeUndefinedColumn, "column %q of relation %q does not exist", name.name, t.name)
		}
		if slices.Contains(places, i) {
			return nil, errorAt(name.offset, codeDuplicateColumn, "column %q specified more than once", name.name)
		}
		places = append(places, i)
	}
	return places, nil
}

func (a *analyser) planInsert(ast insertStatement) (*plan, error) {
	t, err := a.session.writable(ast.table, "insert into")
	if err != nil {
		return nil, err
	}
	places, err := targets(t, ast.columns)
	if err != nil {
		return nil, err
	}
	if ast.columns == nil {
		for i := range t.columns {
			places = append(places, i)
		}
	}
	if ast.rows == nil {
		ast.rows, places = [][]node{{}}, nil
	}
	rows := make([][]expr, len(ast.rows))
	for i, given := range ast.rows {
		if rows[i], err = a.insertRow(t, places, given, ast.columns != nil); err != nil {
			return nil, err
		}
	}
	return &plan{run: func(sc *scope) (*Result, error) {
		all := slices.Clone(t.rows)
		for _, exprs := range rows {
			row, err := evaluate(sc, exprs)
			if err != nil {
				return nil, err
			}
			if err := t.check(row, all, len(all)); err != nil {
				return nil, err
			}
			all = append(all, row)
		}
		sc.session.put(t.withRows(all))
		return &Result{Tag: fmt.Sprintf("INSERT 0 %d", len(rows))}, nil
	}}, nil
}

// insertRow resolves one row of VALUES to one expression per column of the table.
func (a *analyser) insertRow(t *table, places []int, given []node, named bool) ([]expr, error) {
	if len(given) > len(places) {
		return nil, errorAt(given[len(places)].start(), codeSyntaxError, "INSERT has more expressions than target columns")
	}
	row := make([]expr, len(t.columns))
	for i := range t.columns {
		var n node
		if place := slices.Index(places, i); place >= 0 && place < len(given) {
			n = given[place]
		} else if named && place >= 0 {
			return nil, errorAt(nowhere, codeSyntaxError, "INSERT has more target columns than expressions")
		}
		var err error
		if row[i], err = a.stored(n, t, i); err != nil {
			return nil, err
		}
	}
	return row, nil
}

func evaluate(sc *scope, exprs []expr) ([]Value, error) {
	row := make([]Value, len(exprs))
	for i, e := range exprs {
		var err error
		if row[i], err = e.eval(sc); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// check enforces lengths, NOT NULL and the unique keys for a row that is to be at place self of
// rows.
func (t *table) check(row []Value, rows [][]Value, self int) error {
	for i, c := range t.columns {
		if c.notNull && row[i] == nil {
			e := errorAt(nowhere, codeNotNullViolation,
				"null value in column %q of relation %q violates not-null constraint", c.Name, t.name)
			e.Detail = "Failing row contains (" + t.display(row) + ")."
			return e
		}
	}
	for i, c := range t.columns {
		if text, ok := row[i].(string); ok && c.length > 0 && utf8.RuneCountInString(text) > c.length {
			return errorAt(nowhere, "22001", "value too long for type %s", c.displayType())
		}
	}
	for _, key := range t.keys {
		for i, other := range rows {
			if i != self && key.same(row, other) {
				e := errorAt(nowhere, codeUniqueViolation, "duplicate key value violates unique constraint %q", key.name)
				e.Detail = t.keyDetail(key, row)
				return e
			}
		}
	}
	return nil
}

func (k uniqueKey) same(x, y []Value) bool {
	for _, i := range k.columns {
		if x[i] == nil || y[i] == nil || compare(x[i], y[i]) != 0 {
			return false
		}
	}
	return true
}

func (t *table) display(row []Value) string {
	shown := make([]string, len(row))
	for i, v := range row {
		shown[i] = "null"
		if v != nil {
			shown[i] = FormatText(t.columns[i].Type, v)
		}
	}
	return strings.Join(shown, ", ")
}

func (t *table) keyDetail(key uniqueKey, row []Value) string {
	var names, values []string
	for _, i := range key.columns {
		names = append(names, t.columns[i].Name)
		values = append(values, FormatText(t.columns[i].Type, row[i]))
	}
	return fmt.Sprintf("Key (%s)=(%s) already exists.", strings.Join(names, ", "), strings.Join(values, ", "))
}

func (a *analyser) planUpdate(ast updateStatement) (*plan, error) {
	t, err := a.session.writable(ast.table, "update")
	if err != nil {
		return nil, err
	}
	a.table, a.alias = t, t.name
	names := make([]identifier, len(ast.set))
	for i, s := range ast.set {
		names[i] = s.column
	}
	places, err := targets(t, names)
	if err != nil {
		return nil, err
	}
	values := make([]expr, len(ast.set))
	for i, s := range ast.set {
		if values[i], err = a.stored(s.value, t, places[i]); err != nil {
			return nil, err
		}
	}
	keep, err := a.where(ast.where)
	if err != nil {
		return nil, err
	}
	return &plan{run: func(sc *scope) (*Result, error) {
		all := slices.Clone(t.rows)
		var touched []int
		for i, row := range t.rows {
			inner := *sc
			inner.row = row
			ok, err := keep(&inner)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			all[i] = slices.Clone(row)
			touched = append(touched, i)
			for j, place := range places {
				if all[i][place], err = values[j].eval(&inner); err != nil {
					return nil, err
				}
			}
		}
		for _, i := range touched {
			if err := t.check(all[i], all, i); err != nil {
				return nil, err
			}
		}
		sc.session.put(t.withRows(all))
		return &Result{Tag: fmt.Sprintf("UPDATE %d", len(touched))}, nil
	}}, nil
}

func (a *analyser) planDelete(ast deleteStatement) (*plan, error) {
	t, err := a.session.writable(ast.table, "delete from")
	if err != nil {
		return nil, err
	}
	a.table, a.alias = t, t.name
	matches, err := a.where(ast.where)
	if err != nil {
		return nil, err
	}
	return &plan{run: func(sc *scope) (*Result, error) {
		kept, err := filter(sc, t.rows, func(inner *scope) (bool, error) {
			ok, err := matches(inner)
			return !ok, err
		})
		if err != nil {
			return nil, err
		}
		sc.session.put(t.withRows(kept))
		return &Result{Tag: fmt.Sprintf("DELETE %d", len(t.rows)-len(kept))}, nil
	}}, nil
}

func (a *analyser) planTruncate(ast truncateStatement) (*plan, error) {
	tables := make([]*table, len(ast.tables))
	for i, r := range ast.tables {
		var err error
		if tables[i], err = a.session.writable(r, "truncate"); err != nil {
			return nil, err
		}
	}
	return &plan{run: func(sc *scope) (*Result, error) {
		for _, t := range tables {
			sc.session.put(t.withRows(nil))
		}
		return &Result{Tag: "TRUNCATE TABLE"}, nil
	}}, nil
}

// writable finds a user table; a system view cannot be written.
func (s *Session) writable(r relation, action string) (*table, error) {
	t, err := s.resolve(r)
	if err != nil && s.systemView(r) != nil {
		return nil, errorAt(nowhere, "55000", "cannot %s view %q", action, r.name)
	}
	return t, err
}
