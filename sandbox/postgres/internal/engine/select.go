package engine

import (
	"fmt"
	"slices"
	"strings"
)

// planSelect reads one table, a system view, or nothing.
func (a *analyser) planSelect(ast selectStatement) (*plan, error) {
	source, err := a.from(ast)
	if err != nil {
		return nil, err
	}
	keep, err := a.where(ast.where)
	if err != nil {
		return nil, err
	}
	columns, outputs, err := a.selectList(ast)
	if err != nil {
		return nil, err
	}
	order, err := a.order(ast, columns, outputs)
	if err != nil {
		return nil, err
	}
	if len(a.aggregates) > 0 && a.bare != nil {
		name := a.bare.name
		if a.alias != "" {
			name = a.alias + "." + name
		}
		return nil, errorAt(a.bare.offset, codeGroupingError,
			"column %q must appear in the GROUP BY clause or be used in an aggregate function", name)
	}
	limit, err := a.count(ast.limit, "LIMIT")
	if err != nil {
		return nil, err
	}
	skip, err := a.count(ast.offset, "OFFSET")
	if err != nil {
		return nil, err
	}
	run := func(sc *scope) (*Result, error) {
		rows, err := filter(sc, source(), keep)
		if err != nil {
			return nil, err
		}
		produced, err := a.project(sc, rows, outputs, order)
		if err != nil {
			return nil, err
		}
		if produced, err = window(sc, produced, skip, limit); err != nil {
			return nil, err
		}
		return &Result{Columns: columns, Rows: produced, Tag: fmt.Sprintf("SELECT %d", len(produced))}, nil
	}
	return &plan{columns: columns, run: run}, nil
}

// from resolves the FROM clause and returns where the rows come from: one empty row without it.
func (a *analyser) from(ast selectStatement) (func() [][]Value, error) {
	if ast.from == nil {
		return func() [][]Value { return [][]Value{nil} }, nil
	}
	t := a.session.systemView(*ast.from)
	if t == nil {
		var err error
		if t, err = a.session.resolve(*ast.from); err != nil {
			return nil, err
		}
	}
	a.table, a.alias = t, ast.alias
	return func() [][]Value { return t.rows }, nil
}

func filter(sc *scope, rows [][]Value, keep func(*scope) (bool, error)) ([][]Value, error) {
	var kept [][]Value
	inner := *sc
	for _, row := range rows {
		inner.row = row
		ok, err := keep(&inner)
		if err != nil {
			return nil, err
		}
		if ok {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

func (a *analyser) selectList(ast selectStatement) ([]Column, []expr, error) {
	columns := []Column{}
	var outputs []expr
	for _, item := range ast.items {
		if item.star {
			if a.table == nil {
				return nil, nil, errorAt(item.offset, codeSyntaxError, "SELECT * with no tables specified is not valid")
			}
			for _, c := range a.table.columns {
				e, err := a.column(columnRef{name: c.Name, offset: item.offset})
				if err != nil {
					return nil, nil, err
				}
				columns, outputs = append(columns, c.Column), append(outputs, e)
			}
			continue
		}
		e, err := a.expression(item.value)
		if err != nil {
			return nil, nil, err
		}
		if e, err = a.settle(e, Text); err != nil {
			return nil, nil, err
		}
		name := item.alias
		if name == "" {
			name = outputName(item.value)
		}
		columns, outputs = append(columns, Column{Name: name, Type: e.typ}), append(outputs, e)
	}
	return columns, outputs, nil
}

// outputName is the name PostgreSQL gives to a column without an alias.
func outputName(n node) string {
	switch n := n.(type) {
	case columnRef:
		return n.name
	case call:
		if !strings.Contains(n.name, " ") {
			return n.name
		}
	case cast:
		if inner := outputName(n.operand); inner != "?column?" {
			return inner
		}
		if t, ok := typeByName(n.typ.name); ok {
			return t.internalName()
		}
	case literal:
		if n.typ == Bool {
			return "bool"
		}
	}
	return "?column?"
}

// sortKey is one ORDER BY item: an output column by its number, or an expression on the input.
type sortKey struct {
	orderItem
	output int // -1 for an expression
	input  expr
}

func (a *analyser) order(ast selectStatement, columns []Column, outputs []expr) ([]sortKey, error) {
	keys := make([]sortKey, len(ast.orderBy))
	for i, item := range ast.orderBy {
		keys[i] = sortKey{orderItem: item, output: -1}
		switch n := item.value.(type) {
		case literal:
			position, ok := n.value.(int64)
			if !ok {
				return nil, errorAt(n.offset, codeSyntaxError, "non-integer constant in ORDER BY")
			}
			if position < 1 || position > int64(len(outputs)) {
				return nil, errorAt(n.offset, codeInvalidColumnReference, "ORDER BY position %d is not in select list", position)
			}
			keys[i].output = int(position) - 1
			continue
		case columnRef:
			if n.table == "" {
				keys[i].output = slices.IndexFunc(columns, func(c Column) bool { return c.Name == n.name })
			}
			if keys[i].output >= 0 {
				continue
			}
		}
		var err error
		if keys[i].input, err = a.expression(item.value); err != nil {
			return nil, err
		}
		if keys[i].input, err = a.settle(keys[i].input, Text); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// count analyses LIMIT or OFFSET, nil without one.
func (a *analyser) count(n node, clause string) (*expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := a.expression(n)
	if err != nil {
		return nil, err
	}
	if e, err = a.settle(e, Int8); err != nil {
		return nil, err
	}
	if !e.typ.isInteger() {
		return nil, errorAt(n.start(), codeDatatypeMismatch, "argument of %s must be type bigint, not type %s", clause, e.typ)
	}
	return &e, nil
}

// project computes the output rows in their order.
func (a *analyser) project(sc *scope, rows [][]Value, outputs []expr, order []sortKey) ([][]Value, error) {
	if len(a.aggregates) > 0 {
		inner := *sc
		for _, g := range a.aggregates {
			v, err := g.compute(sc, rows)
			if err != nil {
				return nil, err
			}
			inner.aggregates = append(inner.aggregates, v)
		}
		sc, rows = &inner, [][]Value{nil}
	}
	type produced struct{ output, keys []Value }
	all := make([]produced, len(rows))
	inner := *sc
	for i, row := range rows {
		inner.row = row
		all[i].output = make([]Value, len(outputs))
		for j, e := range outputs {
			var err error
			if all[i].output[j], err = e.eval(&inner); err != nil {
				return nil, err
			}
		}
		for _, key := range order {
			v := Value(nil)
			if key.output >= 0 {
				v = all[i].output[key.output]
			} else {
				var err error
				if v, err = key.input.eval(&inner); err != nil {
					return nil, err
				}
			}
			all[i].keys = append(all[i].keys, v)
		}
	}
	slices.SortStableFunc(all, func(x, y produced) int {
		for i, key := range order {
			if c := key.compare(x.keys[i], y.keys[i]); c != 0 {
				return c
			}
		}
		return 0
	})
	result := make([][]Value, len(all))
	for i := range all {
		result[i] = all[i].output
	}
	return result, nil
}

func (k sortKey) compare(x, y Value) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil || y == nil:
		if (x == nil) == k.nullsFirst {
			return -1
		}
		return 1
	case k.descending:
		return compare(y, x)
	}
	return compare(x, y)
}

// window applies OFFSET and LIMIT.
func window(sc *scope, rows [][]Value, skip, limit *expr) ([][]Value, error) {
	bound := func(e *expr, none int, code, clause string) (int, error) {
		if e == nil {
			return none, nil
		}
		v, err := e.eval(sc)
		if v == nil || err != nil {
			return none, err
		}
		if v.(int64) < 0 {
			return 0, errorAt(nowhere, code, "%s must not be negative", clause)
		}
		return int(min(v.(int64), int64(len(rows)))), nil
	}
	from, err := bound(skip, 0, "2201X", "OFFSET")
	if err != nil {
		return nil, err
	}
	n, err := bound(limit, len(rows), "2201W", "LIMIT")
	if err != nil {
		return nil, err
	}
	rows = rows[from:]
	return rows[:min(n, len(rows))], nil
}
