package engine

import (
	"fmt"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

// planSelect reads one table, the view of TLS, or nothing.
func (a *analyser) planSelect(ast syntax.Select) (*plan, error) {
	source, err := a.from(ast)
	if err != nil {
		return nil, err
	}
	keep, err := a.where(ast.Where)
	if err != nil {
		return nil, err
	}
	columns, outputs, err := a.selectList(ast)
	if err != nil {
		return nil, err
	}
	if a.counts && a.bare != nil {
		return nil, sqlerror.At(a.bare.Start(), sqlerror.CodeGroupingError,
			"column %q must appear in the GROUP BY clause or be used in an aggregate function", a.table.name+"."+a.bare.Name)
	}
	limit, err := a.limit(ast.Limit)
	if err != nil {
		return nil, err
	}
	return &plan{columns: columns, run: func(sc *scope) (*Result, error) {
		rows, err := filter(sc, source, keep)
		if err != nil {
			return nil, err
		}
		if a.counts {
			sc.count = len(rows)
			rows = [][]datum.Value{nil}
		}
		produced := make([][]datum.Value, len(rows))
		for i, row := range rows {
			if produced[i], err = evaluate(sc.of(row), outputs); err != nil {
				return nil, err
			}
		}
		n, err := limit(sc, len(produced))
		if err != nil {
			return nil, err
		}
		return &Result{Columns: columns, Rows: produced[:n], Tag: fmt.Sprintf("SELECT %d", n)}, nil
	}}, nil
}

// from resolves the FROM clause and returns the rows: one empty row without it.
func (a *analyser) from(ast syntax.Select) ([][]datum.Value, error) {
	if ast.From == nil {
		return [][]datum.Value{nil}, nil
	}
	a.table = a.session.systemView(*ast.From)
	if a.table == nil {
		var err error
		if a.table, err = a.session.resolve(*ast.From); err != nil {
			return nil, err
		}
	}
	return a.table.rows, nil
}

// where analyses a WHERE clause; without one every row passes.
func (a *analyser) where(n syntax.Expr) (func(*scope) (bool, error), error) {
	if n == nil {
		return func(*scope) (bool, error) { return true, nil }, nil
	}
	e, err := a.condition(n, "WHERE")
	if err != nil {
		return nil, err
	}
	if a.counts {
		return nil, sqlerror.At(n.Start(), sqlerror.CodeGroupingError, "aggregate functions are not allowed in WHERE")
	}
	a.bare = nil
	return func(sc *scope) (bool, error) {
		v, err := e.eval(sc)
		return v == true, err
	}, nil
}

func filter(sc *scope, rows [][]datum.Value, keep func(*scope) (bool, error)) ([][]datum.Value, error) {
	var kept [][]datum.Value
	for _, row := range rows {
		ok, err := keep(sc.of(row))
		if err != nil {
			return nil, err
		}
		if ok {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

func (a *analyser) selectList(ast syntax.Select) ([]datum.Column, []expr, error) {
	columns := []datum.Column{}
	var outputs []expr
	for _, item := range ast.Items {
		if item.Value == nil {
			if a.table == nil {
				return nil, nil, sqlerror.At(item.Offset, sqlerror.CodeSyntaxError, "SELECT * with no tables specified is not valid")
			}
			for _, c := range a.table.columns {
				e, err := a.column(syntax.Column{Name: c.Name, Pos: syntax.Pos(item.Offset)})
				if err != nil {
					return nil, nil, err
				}
				columns, outputs = append(columns, c), append(outputs, e)
			}
			continue
		}
		e, err := a.settled(item.Value, datum.Text)
		if err != nil {
			return nil, nil, err
		}
		name := item.Alias
		if name == "" {
			name = outputName(item.Value)
		}
		columns, outputs = append(columns, datum.Column{Name: name, Type: e.typ}), append(outputs, e)
	}
	return columns, outputs, nil
}

// outputName is the name PostgreSQL gives to a column without an alias.
func outputName(n syntax.Expr) string {
	const unnamed = "?column?"
	switch n := n.(type) {
	case syntax.Column:
		return n.Name
	case syntax.Call:
		return n.Name
	case syntax.Cast:
		if inner := outputName(n.Operand); inner != unnamed {
			return inner
		}
		if _, internal, ok := datum.ByName(n.Type.Name); ok {
			return internal
		}
	case syntax.Literal:
		if n.Type == datum.Bool {
			return "bool"
		}
	}
	return unnamed
}

// limit analyses LIMIT and returns how many of a number of rows it leaves.
func (a *analyser) limit(n syntax.Expr) (func(sc *scope, rows int) (int, error), error) {
	if n == nil {
		return func(_ *scope, rows int) (int, error) { return rows, nil }, nil
	}
	e, err := a.settled(n, datum.Int8)
	if err != nil {
		return nil, err
	}
	if !e.typ.IsInteger() {
		return nil, sqlerror.At(n.Start(), sqlerror.CodeDatatypeMismatch, "argument of LIMIT must be type bigint, not type %s", e.typ)
	}
	return func(sc *scope, rows int) (int, error) {
		v, err := e.eval(sc)
		if v == nil || err != nil {
			return rows, err
		}
		if v.(int64) < 0 {
			return 0, sqlerror.New(sqlerror.CodeInvalidRowCountInLimit, "LIMIT must not be negative")
		}
		return int(min(v.(int64), int64(rows))), nil
	}, nil
}
