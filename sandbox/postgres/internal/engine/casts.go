package engine

import (
	"math"
	"net/netip"
	"strconv"
)

func (a *analyser) cast(n cast) (expr, error) {
	t, err := n.typ.resolve()
	if err != nil {
		return expr{}, err
	}
	if n.typ.length > 0 {
		return expr{}, unsupported(n.typ.offset, "a cast that cuts a text short")
	}
	operand, err := a.expression(n.operand)
	if err != nil {
		return expr{}, err
	}
	if operand.typ == Unknown && t == Regclass {
		return a.regclass(operand)
	}
	if operand.typ == Unknown {
		operand, err = a.settle(operand, t)
		operand.param, operand.text = 0, nil
		return operand, err
	}
	convert := conversion(operand.typ, t, explicitCast)
	if convert == nil {
		return expr{}, errorAt(n.start(), codeCannotCoerce, "cannot cast type %s to %s", operand.typ, t)
	}
	return converted(operand, t, convert), nil
}

// regclass looks up a relation, which must exist, by its name.
func (a *analyser) regclass(operand expr) (expr, error) {
	operand, err := a.settle(operand, Text)
	if err != nil {
		return expr{}, err
	}
	return expr{typ: Regclass, offset: operand.offset, eval: func(sc *scope) (Value, error) {
		v, err := operand.eval(sc)
		if v == nil || err != nil {
			return nil, err
		}
		ref := sc.session.relationRef(v.(string))
		if ref == nil {
			return nil, errorAt(operand.offset, codeUndefinedTable, "relation %q does not exist", v)
		}
		return ref, nil
	}}, nil
}

func converted(e expr, t Type, convert func(Value) (Value, error)) expr {
	return expr{typ: t, offset: e.offset, eval: func(sc *scope) (Value, error) {
		v, err := e.eval(sc)
		if v == nil || err != nil {
			return nil, err
		}
		return convert(v)
	}}
}

// castContext says how freely a type may be converted.
type castContext int

const (
	implicitCast   castContext = iota // an argument of a function
	assignmentCast                    // a value stored in a column
	explicitCast                      // CAST or ::
)

// conversion returns how a value changes from one type to another, nil if it may not.
func conversion(from, to Type, context castContext) func(Value) (Value, error) {
	same := func(v Value) (Value, error) { return v, nil }
	switch {
	case from == to, from.isText() && to.isText(), from.isTime() && to.isTime():
		return same
	case from.isInteger() && to.isInteger():
		if to != Int8 && from != Int2 && context == implicitCast {
			return nil
		}
		return func(v Value) (Value, error) { return v, checkRange(to, v.(int64)) }
	case from.isInteger() && to == Float8:
		return func(v Value) (Value, error) { return float64(v.(int64)), nil }
	case from == Float8 && to.isInteger() && context >= assignmentCast:
		return func(v Value) (Value, error) {
			f := math.RoundToEven(v.(float64))
			if math.IsNaN(f) || f < math.MinInt64 || f >= math.MaxInt64 {
				return nil, errorAt(nowhere, codeNumericOutOfRange, "%s out of range", to)
			}
			return int64(f), checkRange(to, int64(f))
		}
	case to.isText() && context >= assignmentCast:
		return func(v Value) (Value, error) { return castText(from, v), nil }
	case from.isText() && context == explicitCast:
		return func(v Value) (Value, error) { return ParseText(to, v.(string)) }
	case from == Int4 && to == Bool && context == explicitCast:
		return func(v Value) (Value, error) { return v.(int64) != 0, nil }
	case from == Bool && to == Int4 && context == explicitCast:
		return func(v Value) (Value, error) { return int64(boolOrder(v.(bool))), nil }
	case from == Regclass && to.isInteger() && context == explicitCast:
		return func(v Value) (Value, error) { return int64(v.(RelationRef).OID), nil }
	}
	return nil
}

// castText is the text of a value as a cast gives it, which is its output form but for
// booleans and addresses.
func castText(t Type, v Value) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case netip.Addr:
		return v.String() + "/" + strconv.Itoa(v.BitLen())
	}
	return FormatText(t, v)
}
