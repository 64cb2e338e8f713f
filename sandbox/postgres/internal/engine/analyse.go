package engine

import (
	"context"
	"slices"
)

// scope is what an expression is evaluated in.
type scope struct {
	ctx        context.Context
	session    *Session
	args       []Value
	row        []Value
	aggregates []Value
}

// expr is an expression whose names and types are resolved.
type expr struct {
	typ    Type
	offset int
	eval   func(*scope) (Value, error)
	// param is the number of the parameter the expression consists of, 0 for any other;
	// its type may still be open.
	param int
	// text holds the string literal of type Unknown whose type is still open.
	text *string
}

// plan is a statement ready to run.
type plan struct {
	columns []Column
	run     func(*scope) (*Result, error)
}

// analyser resolves one statement.
type analyser struct {
	session *Session
	params  []Type
	// table is what columns are looked up in, nil when there is none.
	table *table
	alias string
	// aggregates of a SELECT; bare is the first column outside of them.
	aggregates  []aggregate
	inAggregate bool
	bare        *columnRef
}

func (s *Session) newAnalyser(given []Type) *analyser {
	return &analyser{session: s, params: slices.Clone(given)}
}

// paramTypes returns the types of all parameters. What nothing determined is text.
func (a *analyser) paramTypes() ([]Type, error) {
	for i, t := range a.params {
		if t == Unspecified || t == Unknown {
			a.params[i] = Text
		}
	}
	return a.params, nil
}

func (a *analyser) plan(ast statement) (*plan, error) {
	switch ast := ast.(type) {
	case selectStatement:
		return a.planSelect(ast)
	case insertStatement:
		return a.planInsert(ast)
	case updateStatement:
		return a.planUpdate(ast)
	case deleteStatement:
		return a.planDelete(ast)
	case truncateStatement:
		return a.planTruncate(ast)
	case createTableStatement:
		return a.planCreateTable(ast)
	case dropTableStatement:
		return a.planDropTable(ast)
	case setStatement:
		return a.planSet(ast)
	case showStatement:
		return a.planShow(ast)
	case catalogStatement:
		return a.planCatalog(ast)
	case deallocateStatement:
		return &plan{run: func(*scope) (*Result, error) { return &Result{Tag: "DEALLOCATE"}, nil }}, nil
	}
	// BEGIN and its kin need no plan.
	return &plan{}, nil
}

func constant(t Type, v Value, offset int) expr {
	return expr{typ: t, offset: offset, eval: func(*scope) (Value, error) { return v, nil }}
}

func (a *analyser) expression(n node) (expr, error) {
	switch n := n.(type) {
	case literal:
		e := constant(n.typ, n.value, n.offset)
		if text, ok := n.value.(string); ok {
			e.text = &text
		}
		return e, nil
	case parameter:
		return a.parameter(n), nil
	case columnRef:
		return a.column(n)
	case call:
		return a.call(n)
	case unary:
		return a.unary(n)
	case binaryOp:
		return a.binary(n)
	case isNull:
		return a.nullTest(n)
	case inList:
		return a.membership(n)
	case cast:
		return a.cast(n)
	}
	return expr{}, unsupported(n.start(), "this expression")
}

// all analyses a list of expressions.
func (a *analyser) all(nodes []node) ([]expr, error) {
	exprs := make([]expr, len(nodes))
	for i, n := range nodes {
		var err error
		if exprs[i], err = a.expression(n); err != nil {
			return nil, err
		}
	}
	return exprs, nil
}

func (a *analyser) parameter(n parameter) expr {
	for len(a.params) < n.number {
		a.params = append(a.params, Unspecified)
	}
	t := a.params[n.number-1]
	if t == Unspecified {
		t = Unknown
	}
	return expr{typ: t, offset: n.offset, param: n.number, eval: func(sc *scope) (Value, error) {
		if n.number > len(sc.args) {
			return nil, errorAt(n.offset, codeUndefinedParameter, "there is no parameter $%d", n.number)
		}
		return sc.args[n.number-1], nil
	}}
}

func (a *analyser) column(n columnRef) (expr, error) {
	if a.table != nil && n.table != "" && n.table != a.alias {
		return expr{}, errorAt(n.offset, codeUndefinedTable, "missing FROM-clause entry for table %q", n.table)
	}
	i := -1
	if a.table != nil {
		i = a.table.column(n.name)
	}
	if i < 0 {
		name := `"` + n.name + `"`
		if n.table != "" {
			name = n.table + "." + n.name
		}
		return expr{}, errorAt(n.offset, codeUndefinedColumn, "column %s does not exist", name)
	}
	if !a.inAggregate && a.bare == nil {
		a.bare = &n
	}
	return expr{typ: a.table.columns[i].Type, offset: n.offset, eval: func(sc *scope) (Value, error) {
		return sc.row[i], nil
	}}, nil
}

// settle gives an expression whose type is still open the type t.
func (a *analyser) settle(e expr, t Type) (expr, error) {
	if e.typ != Unknown {
		return e, nil
	}
	switch {
	case e.param > 0:
		a.params[e.param-1] = t
		e.typ = t
	case e.text != nil:
		v, err := ParseText(t, *e.text)
		if problem, ok := err.(*Error); ok {
			problem.at = e.offset + 1
			return expr{}, problem
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

// condition analyses an expression that must be boolean; clause names it in the error.
func (a *analyser) condition(n node, clause string) (expr, error) {
	e, err := a.expression(n)
	if err != nil {
		return expr{}, err
	}
	if e, err = a.settle(e, Bool); err != nil {
		return expr{}, err
	}
	if e.typ != Bool {
		return expr{}, errorAt(n.start(), codeDatatypeMismatch,
			"argument of %s must be type boolean, not type %s", clause, e.typ)
	}
	return e, nil
}

// where analyses a WHERE clause; without one every row passes.
func (a *analyser) where(n node) (func(*scope) (bool, error), error) {
	if n == nil {
		return func(*scope) (bool, error) { return true, nil }, nil
	}
	counted := len(a.aggregates)
	e, err := a.condition(n, "WHERE")
	if err != nil {
		return nil, err
	}
	if len(a.aggregates) > counted {
		return nil, errorAt(n.start(), codeGroupingError, "aggregate functions are not allowed in WHERE")
	}
	a.bare = nil
	return func(sc *scope) (bool, error) {
		v, err := e.eval(sc)
		return v == true, err
	}, nil
}

func (a *analyser) nullTest(n isNull) (expr, error) {
	operand, err := a.expression(n.operand)
	if err != nil {
		return expr{}, err
	}
	if operand, err = a.settle(operand, Text); err != nil {
		return expr{}, err
	}
	return expr{typ: Bool, offset: n.start(), eval: func(sc *scope) (Value, error) {
		v, err := operand.eval(sc)
		return (v == nil) != n.negated, err
	}}, nil
}

// membership reads x IN (a, b) as x = a OR x = b.
func (a *analyser) membership(n inList) (expr, error) {
	var any node
	for _, member := range n.list {
		equal := binaryOp{"=", n.operand, member, n.offset}
		if any == nil {
			any = equal
		} else {
			any = binaryOp{"or", any, equal, n.offset}
		}
	}
	return a.expression(negate(any, n.negated, n.offset))
}
