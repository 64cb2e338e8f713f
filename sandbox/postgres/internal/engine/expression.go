package engine

import (
	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

func (a *analyser) expression(n syntax.Expr) (expr, error) {
	switch n := n.(type) {
	case syntax.Literal:
		return literal(n), nil
	case syntax.Parameter:
		return a.parameter(n), nil
	case syntax.Column:
		return a.column(n)
	case syntax.Call:
		return a.call(n)
	case syntax.Binary:
		if n.Operator == "and" {
			return a.and(n)
		}
		return a.equality(n)
	case syntax.IsNull:
		return a.nullTest(n)
	case syntax.Cast:
		return a.cast(n)
	}
	return expr{}, sqlerror.Unsupported(n.Start(), "this expression")
}

// settled analyses an expression that has the type t when nothing says another.
func (a *analyser) settled(n syntax.Expr, t datum.Type) (expr, error) {
	e, err := a.expression(n)
	if err != nil {
		return expr{}, err
	}
	return a.settle(e, t)
}

// condition analyses an expression that must be boolean; clause names it in the error.
func (a *analyser) condition(n syntax.Expr, clause string) (expr, error) {
	e, err := a.settled(n, datum.Bool)
	if err != nil {
		return expr{}, err
	}
	if e.typ != datum.Bool {
		return expr{}, sqlerror.At(n.Start(), sqlerror.CodeDatatypeMismatch,
			"argument of %s must be type boolean, not type %s", clause, e.typ)
	}
	return e, nil
}

// and has three-valued logic.
func (a *analyser) and(n syntax.Binary) (expr, error) {
	left, err := a.condition(n.Left, "AND")
	if err != nil {
		return expr{}, err
	}
	right, err := a.condition(n.Right, "AND")
	if err != nil {
		return expr{}, err
	}
	return expr{typ: datum.Bool, offset: n.Start(), eval: func(sc *scope) (datum.Value, error) {
		l, err := left.eval(sc)
		if err != nil || l == false {
			return l, err
		}
		r, err := right.eval(sc)
		if err != nil || l == true || r == false {
			return r, err
		}
		return nil, nil
	}}, nil
}

func (a *analyser) equality(n syntax.Binary) (expr, error) {
	left, err := a.expression(n.Left)
	if err != nil {
		return expr{}, err
	}
	right, err := a.expression(n.Right)
	if err != nil {
		return expr{}, err
	}
	// An operand of open type has the type of the other one.
	typeBeside := func(other expr) datum.Type {
		if other.typ == datum.Unknown {
			return datum.Text
		}
		return other.typ
	}
	leftType, rightType := typeBeside(right), typeBeside(left)
	if left, err = a.settle(left, leftType); err != nil {
		return expr{}, err
	}
	if right, err = a.settle(right, rightType); err != nil {
		return expr{}, err
	}
	if !comparable(left.typ, right.typ) {
		e := sqlerror.At(n.Offset, sqlerror.CodeUndefinedFunction, "operator does not exist: %s = %s", left.typ, right.typ)
		e.Hint = "No operator matches the given name and argument types. You might need to add explicit type casts."
		return expr{}, e
	}
	return expr{typ: datum.Bool, offset: n.Start(), eval: func(sc *scope) (datum.Value, error) {
		l, err := left.eval(sc)
		if err != nil {
			return nil, err
		}
		r, err := right.eval(sc)
		if l == nil || r == nil || err != nil {
			return nil, err
		}
		return l == r, nil
	}}, nil
}

func comparable(left, right datum.Type) bool {
	return left == right && left != datum.Void ||
		left.IsInteger() && right.IsInteger() || left.IsText() && right.IsText()
}

func (a *analyser) nullTest(n syntax.IsNull) (expr, error) {
	operand, err := a.settled(n.Operand, datum.Text)
	if err != nil {
		return expr{}, err
	}
	return expr{typ: datum.Bool, offset: n.Start(), eval: func(sc *scope) (datum.Value, error) {
		v, err := operand.eval(sc)
		return (v == nil) != n.Negated, err
	}}, nil
}

func (a *analyser) cast(n syntax.Cast) (expr, error) {
	t, err := resolveType(n.Type)
	if err != nil {
		return expr{}, err
	}
	operand, err := a.expression(n.Operand)
	if err != nil {
		return expr{}, err
	}
	if operand.typ == datum.Unknown {
		operand, err = a.settle(operand, t)
		operand.param, operand.text = 0, nil
		return operand, err
	}
	convert := conversion(operand.typ, t, explicitCast)
	if convert == nil {
		return expr{}, sqlerror.Unsupported(n.Start(), "a cast from "+operand.typ.String()+" to "+t.String())
	}
	return converted(operand, t, convert), nil
}
