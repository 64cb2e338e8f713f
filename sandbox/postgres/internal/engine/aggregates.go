package engine

import "slices"

// aggregate is a call of count, min or max in a SELECT.
type aggregate struct {
	name    string
	operand *expr // nil for count(*)
}

func isAggregate(name string) bool { return slices.Contains([]string{"count", "min", "max"}, name) }

func (a *analyser) aggregate(n call) (expr, error) {
	if a.inAggregate {
		return expr{}, errorAt(n.offset, codeGroupingError, "aggregate function calls cannot be nested")
	}
	if n.star != (len(n.args) == 0) || len(n.args) > 1 || n.star && n.name != "count" {
		return expr{}, noFunction(n, nil)
	}
	computed := aggregate{name: n.name}
	typ := Int8
	if !n.star {
		a.inAggregate = true
		operand, err := a.expression(n.args[0])
		a.inAggregate = false
		if err != nil {
			return expr{}, err
		}
		if operand, err = a.settle(operand, Text); err != nil {
			return expr{}, err
		}
		computed.operand = &operand
		if n.name != "count" {
			typ = operand.typ
		}
	}
	slot := len(a.aggregates)
	a.aggregates = append(a.aggregates, computed)
	return expr{typ: typ, offset: n.offset, eval: func(sc *scope) (Value, error) {
		return sc.aggregates[slot], nil
	}}, nil
}

// compute runs the aggregate over all rows.
func (g aggregate) compute(sc *scope, rows [][]Value) (Value, error) {
	if g.operand == nil {
		return int64(len(rows)), nil
	}
	var count int64
	var extreme Value
	for _, row := range rows {
		inner := *sc
		inner.row = row
		v, err := g.operand.eval(&inner)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		count++
		if extreme == nil || g.name == "min" && compare(v, extreme) < 0 || g.name == "max" && compare(v, extreme) > 0 {
			extreme = v
		}
	}
	if g.name == "count" {
		return count, nil
	}
	return extreme, nil
}
