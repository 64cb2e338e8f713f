package engine

import (
	"net/netip"
	"strconv"

	"podsg/sandbox/postgres/internal/datum"
)

// castContext says how freely a type may be converted.
type castContext int

const (
	implicitCast   castContext = iota // an argument of a function
	assignmentCast                    // a value stored in a column
	explicitCast                      // CAST or ::
)

// conversion returns how a value changes from one type to another, nil if it may not.
func conversion(from, to datum.Type, context castContext) func(datum.Value) (datum.Value, error) {
	switch {
	case from == to, from.IsText() && to.IsText():
		return func(v datum.Value) (datum.Value, error) { return v, nil }
	case from.IsInteger() && to.IsInteger() && (to == datum.Int8 || context >= assignmentCast):
		return func(v datum.Value) (datum.Value, error) { return v, datum.CheckRange(to, v.(int64)) }
	case from.IsInteger() && to == datum.Float8:
		return func(v datum.Value) (datum.Value, error) { return float64(v.(int64)), nil }
	case to.IsText() && context >= assignmentCast:
		return func(v datum.Value) (datum.Value, error) { return castText(v), nil }
	case from.IsText() && context == explicitCast:
		return func(v datum.Value) (datum.Value, error) { return datum.ParseText(to, v.(string)) }
	}
	return nil
}

// castText is the text of a value as a cast gives it, which is its output form but for
// booleans and addresses.
func castText(v datum.Value) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case netip.Addr:
		return v.String() + "/" + strconv.Itoa(v.BitLen())
	}
	return datum.FormatText(v)
}

func converted(e expr, t datum.Type, convert func(datum.Value) (datum.Value, error)) expr {
	return expr{typ: t, offset: e.offset, eval: func(sc *scope) (datum.Value, error) {
		v, err := e.eval(sc)
		if v == nil || err != nil {
			return nil, err
		}
		return convert(v)
	}}
}
