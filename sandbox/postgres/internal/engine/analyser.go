package engine

import (
	"context"
	"slices"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

// scope is what an expression is evaluated in.
type scope struct {
	ctx     context.Context
	session *Session
	args    []datum.Value
	row     []datum.Value
	count   int // of all rows, for count(*)
}

// of is the scope of one row.
func (sc scope) of(row []datum.Value) *scope {
	sc.row = row
	return &sc
}

// expr is an expression whose names and types are resolved.
type expr struct {
	typ    datum.Type
	offset int
	eval   func(*scope) (datum.Value, error)
	// param is the number of the parameter the expression consists of, 0 for any other;
	// its type may still be open.
	param int
	// text holds the string literal of type Unknown whose type is still open.
	text *string
}

// plan is a statement ready to run.
type plan struct {
	columns []datum.Column
	run     func(*scope) (*Result, error)
}

// Result is what a statement returned.
type Result struct {
	Columns []datum.Column // nil when the statement returns no rows
	Rows    [][]datum.Value
	Tag     string // of CommandComplete
}

// analyser resolves one statement.
type analyser struct {
	session *Session
	params  []datum.Type
	// table is what columns are looked up in, nil when there is none.
	table *table
	// counts says that count(*) was seen, bare is the first column.
	counts bool
	bare   *syntax.Column
}

func (s *Session) newAnalyser(given []datum.Type) *analyser {
	return &analyser{session: s, params: slices.Clone(given)}
}

// paramTypes returns the types of all parameters. What nothing determined is text.
func (a *analyser) paramTypes() []datum.Type {
	for i, t := range a.params {
		if t == datum.Unspecified || t == datum.Unknown {
			a.params[i] = datum.Text
		}
	}
	return a.params
}

func constant(t datum.Type, v datum.Value, offset int) expr {
	return expr{typ: t, offset: offset, eval: func(*scope) (datum.Value, error) { return v, nil }}
}

func literal(n syntax.Literal) expr {
	e := constant(n.Type, n.Value, n.Start())
	if text, ok := n.Value.(string); ok {
		e.text = &text
	}
	return e
}

func (a *analyser) parameter(n syntax.Parameter) expr {
	for len(a.params) < n.Number {
		a.params = append(a.params, datum.Unspecified)
	}
	t := a.params[n.Number-1]
	if t == datum.Unspecified {
		t = datum.Unknown
	}
	return expr{typ: t, offset: n.Start(), param: n.Number, eval: func(sc *scope) (datum.Value, error) {
		if n.Number > len(sc.args) {
			return nil, sqlerror.At(n.Start(), sqlerror.CodeUndefinedParameter, "there is no parameter $%d", n.Number)
		}
		return sc.args[n.Number-1], nil
	}}
}

func (a *analyser) column(n syntax.Column) (expr, error) {
	i := -1
	if a.table != nil {
		i = a.table.column(n.Name)
	}
	if i < 0 {
		return expr{}, sqlerror.At(n.Start(), sqlerror.CodeUndefinedColumn, "column %q does not exist", n.Name)
	}
	if a.bare == nil {
		a.bare = &n
	}
	return expr{typ: a.table.columns[i].Type, offset: n.Start(), eval: func(sc *scope) (datum.Value, error) {
		return sc.row[i], nil
	}}, nil
}

// settle gives an expression whose type is still open the type t.
func (a *analyser) settle(e expr, t datum.Type) (expr, error) {
	if e.typ != datum.Unknown {
		return e, nil
	}
	switch {
	case e.param > 0:
		a.params[e.param-1] = t
		e.typ = t
	case e.text != nil:
		v, err := datum.ParseText(t, *e.text)
		if problem, ok := err.(*sqlerror.Error); ok {
			return expr{}, problem.Place(e.offset)
		}
		if err != nil {
			return expr{}, err
		}
		return constant(t, v, e.offset), nil
	default:
		e.typ = t // NULL
	}
	return e, nil
}
