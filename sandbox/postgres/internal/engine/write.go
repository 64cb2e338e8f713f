package engine

import (
	"fmt"
	"slices"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

func (a *analyser) planInsert(ast syntax.Insert) (*plan, error) {
	t, err := a.session.resolve(ast.Table)
	if err != nil {
		return nil, err
	}
	places, err := targets(t, ast.Columns)
	if err != nil {
		return nil, err
	}
	rows := make([][]expr, len(ast.Rows))
	for i, given := range ast.Rows {
		if rows[i], err = a.insertRow(t, places, given, ast.Columns != nil); err != nil {
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
			all = append(all, row)
		}
		sc.session.put(t.withRows(all))
		return &Result{Tag: fmt.Sprintf("INSERT 0 %d", len(rows))}, nil
	}}, nil
}

// targets maps the columns named in a statement to their places in the table: all without any.
func targets(t *table, names []syntax.Identifier) ([]int, error) {
	var places []int
	if names == nil {
		for i := range t.columns {
			places = append(places, i)
		}
	}
	for _, name := range names {
		i := t.column(name.Name)
		if i < 0 {
			return nil, sqlerror.At(name.Offset, sqlerror.CodeUndefinedColumn,
				"column %q of relation %q does not exist", name.Name, t.name)
		}
		if slices.Contains(places, i) {
			return nil, sqlerror.At(name.Offset, sqlerror.CodeDuplicateColumn, "column %q specified more than once", name.Name)
		}
		places = append(places, i)
	}
	return places, nil
}

// insertRow resolves one row of VALUES to one expression per column of the table.
func (a *analyser) insertRow(t *table, places []int, given []syntax.Expr, named bool) ([]expr, error) {
	if len(given) > len(places) {
		return nil, sqlerror.At(given[len(places)].Start(), sqlerror.CodeSyntaxError, "INSERT has more expressions than target columns")
	}
	if named && len(given) < len(places) {
		return nil, sqlerror.New(sqlerror.CodeSyntaxError, "INSERT has more target columns than expressions")
	}
	row := make([]expr, len(t.columns))
	for i, c := range t.columns {
		row[i] = constant(c.Type, nil, 0)
		place := slices.Index(places, i)
		if place < 0 || place >= len(given) {
			continue
		}
		var err error
		if row[i], err = a.stored(given[place], c); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// stored analyses a value for a column: its type must fit by assignment.
func (a *analyser) stored(n syntax.Expr, c datum.Column) (expr, error) {
	e, err := a.settled(n, c.Type)
	if err != nil {
		return expr{}, err
	}
	convert := conversion(e.typ, c.Type, assignmentCast)
	if convert == nil {
		mismatch := sqlerror.At(n.Start(), sqlerror.CodeDatatypeMismatch,
			"column %q is of type %s but expression is of type %s", c.Name, c.Type, e.typ)
		mismatch.Hint = "You will need to rewrite or cast the expression."
		return expr{}, mismatch
	}
	return converted(e, c.Type, convert), nil
}

func (a *analyser) planDelete(ast syntax.Delete) (*plan, error) {
	t, err := a.session.resolve(ast.Table)
	if err != nil {
		return nil, err
	}
	a.table = t
	matches, err := a.where(ast.Where)
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
