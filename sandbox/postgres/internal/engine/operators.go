package engine

import (
	"cmp"
	"math"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

func (a *analyser) unary(n unary) (expr, error) {
	if n.operator == "not" {
		operand, err := a.condition(n.operand, "NOT")
		if err != nil {
			return expr{}, err
		}
		return expr{typ: Bool, offset: n.offset, eval: func(sc *scope) (Value, error) {
			v, err := operand.eval(sc)
			if v == nil || err != nil {
				return nil, err
			}
			return v != true, nil
		}}, nil
	}
	operand, err := a.expression(n.operand)
	if err != nil {
		return expr{}, err
	}
	if !operand.typ.isNumber() {
		return expr{}, noOperator(n.offset, "- "+operand.typ.String())
	}
	return expr{typ: operand.typ, offset: n.offset, eval: func(sc *scope) (Value, error) {
		v, err := operand.eval(sc)
		switch v := v.(type) {
		case int64:
			return -v, err
		case float64:
			return -v, err
		}
		return nil, err
	}}, nil
}

func noOperator(offset int, signature string) *Error {
	e := errorAt(offset, codeUndefinedFunction, "operator does not exist: %s", signature)
	e.Hint = "No operator matches the given name and argument types. You might need to add explicit type casts."
	return e
}

func (a *analyser) binary(n binaryOp) (expr, error) {
	if n.operator == "and" || n.operator == "or" {
		return a.logical(n)
	}
	left, err := a.expression(n.left)
	if err != nil {
		return expr{}, err
	}
	right, err := a.expression(n.right)
	if err != nil {
		return expr{}, err
	}
	if left, right, err = a.unify(left, right, n.operator); err != nil {
		return expr{}, err
	}
	operate, typ := operatorFor(n.operator, left.typ, right.typ)
	if operate == nil {
		return expr{}, noOperator(n.offset, left.typ.String()+" "+symbol(n.operator)+" "+right.typ.String())
	}
	return expr{typ: typ, offset: n.start(), eval: func(sc *scope) (Value, error) {
		l, err := left.eval(sc)
		if err != nil {
			return nil, err
		}
		r, err := right.eval(sc)
		if l == nil || r == nil || err != nil {
			return nil, err
		}
		return operate(l, r)
	}}, nil
}

// symbol is the operator behind a key word, as error messages show it.
func symbol(operator string) string {
	switch operator {
	case "like":
		return "~~"
	case "ilike":
		return "~~*"
	}
	return operator
}

// unify gives an operand of open type the type of the other one, or what the operator
// works on.
func (a *analyser) unify(left, right expr, operator string) (expr, expr, error) {
	usual := Text
	switch operator {
	case "+", "-", "*", "/", "%":
		usual = Int4
	}
	textual := operator == "like" || operator == "ilike" || operator == "||"
	typeBeside := func(other expr) Type {
		if other.typ == Unknown || textual {
			return usual
		}
		return other.typ
	}
	leftType, rightType := typeBeside(right), typeBeside(left)
	left, err := a.settle(left, leftType)
	if err != nil {
		return left, right, err
	}
	right, err = a.settle(right, rightType)
	return left, right, err
}

// logical is AND and OR with three-valued logic.
func (a *analyser) logical(n binaryOp) (expr, error) {
	left, err := a.condition(n.left, upper(n.operator))
	if err != nil {
		return expr{}, err
	}
	right, err := a.condition(n.right, upper(n.operator))
	if err != nil {
		return expr{}, err
	}
	decisive := n.operator == "or" // true decides OR, false decides AND
	return expr{typ: Bool, offset: n.start(), eval: func(sc *scope) (Value, error) {
		l, err := left.eval(sc)
		if err != nil || l == decisive {
			return l, err
		}
		r, err := right.eval(sc)
		if err != nil || r == decisive {
			return r, err
		}
		if l == nil || r == nil {
			return nil, nil
		}
		return !decisive, nil
	}}, nil
}

type operation func(left, right Value) (Value, error)

// operatorFor finds the operation and its result type, nil when there is none.
func operatorFor(operator string, left, right Type) (operation, Type) {
	switch operator {
	case "=", "<>", "<", "<=", ">", ">=":
		if comparable(left, right) {
			return func(l, r Value) (Value, error) { return holds(operator, compare(l, r)), nil }, Bool
		}
	case "like", "ilike":
		if left.isText() && right.isText() {
			return func(l, r Value) (Value, error) {
				text, pattern := l.(string), r.(string)
				if operator == "ilike" {
					text, pattern = strings.ToLower(text), strings.ToLower(pattern)
				}
				return like(text, pattern), nil
			}, Bool
		}
	case "||":
		if left.isText() || right.isText() {
			return func(l, r Value) (Value, error) { return castText(left, l) + castText(right, r), nil }, Text
		}
	default:
		if left.isInteger() && right.isInteger() {
			typ := Int4
			if left == Int8 || right == Int8 {
				typ = Int8
			}
			return func(l, r Value) (Value, error) { return integerMath(operator, typ, l.(int64), r.(int64)) }, typ
		}
		if left.isNumber() && right.isNumber() && operator != "%" {
			return func(l, r Value) (Value, error) { return floatMath(operator, asFloat(l), asFloat(r)) }, Float8
		}
	}
	return nil, 0
}

func comparable(left, right Type) bool {
	switch {
	case left.isNumber():
		return right.isNumber()
	case left.isText():
		return right.isText()
	case left.isTime():
		return right.isTime()
	}
	return left == right && left != Void
}

func holds(operator string, order int) bool {
	switch operator {
	case "=":
		return order == 0
	case "<>":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// compare orders two values of comparable types, neither of them NULL.
func compare(l, r Value) int {
	switch l := l.(type) {
	case int64:
		if r, ok := r.(int64); ok {
			return cmp.Compare(l, r)
		}
		return cmp.Compare(float64(l), asFloat(r))
	case float64:
		return cmp.Compare(l, asFloat(r))
	case string:
		return strings.Compare(l, r.(string))
	case bool:
		return boolOrder(l) - boolOrder(r.(bool))
	case time.Time:
		return l.Compare(r.(time.Time))
	case netip.Addr:
		return l.Compare(r.(netip.Addr))
	case RelationRef:
		return cmp.Compare(l.OID, r.(RelationRef).OID)
	}
	return 0
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

func asFloat(v Value) float64 {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	return v.(float64)
}

func integerMath(operator string, t Type, l, r int64) (Value, error) {
	var n int64
	overflow := false
	switch operator {
	case "+":
		n = l + r
		overflow = (n > l) != (r > 0) && r != 0
	case "-":
		n = l - r
		overflow = (n < l) != (r > 0) && r != 0
	case "*":
		n = l * r
		overflow = l != 0 && (n/l != r || l == -1 && r == math.MinInt64)
	default:
		if r == 0 {
			return nil, errorAt(nowhere, codeDivisionByZero, "division by zero")
		}
		if operator == "%" {
			n = l % r
			break
		}
		n = l / r
		overflow = l == math.MinInt64 && r == -1
	}
	if overflow {
		return nil, errorAt(nowhere, codeNumericOutOfRange, "%s out of range", t)
	}
	return n, checkRange(t, n)
}

func floatMath(operator string, l, r float64) (Value, error) {
	switch operator {
	case "+":
		return l + r, nil
	case "-":
		return l - r, nil
	case "*":
		return l * r, nil
	}
	if r == 0 {
		return nil, errorAt(nowhere, codeDivisionByZero, "division by zero")
	}
	return l / r, nil
}

// like matches a LIKE pattern: % any text, _ any character, \ takes the next one literally.
func like(text, pattern string) bool {
	for pattern != "" {
		p, width := utf8.DecodeRuneInString(pattern)
		rest := pattern[width:]
		if p == '%' {
			for i := range text {
				if like(text[i:], rest) {
					return true
				}
			}
			return like("", rest)
		}
		c, size := utf8.DecodeRuneInString(text)
		if size == 0 {
			return false
		}
		if p == '\\' && rest != "" {
			p, width = utf8.DecodeRuneInString(rest)
			rest = rest[width:]
		} else if p == '_' {
			p = c
		}
		if p != c {
			return false
		}
		text, pattern = text[size:], rest
	}
	return text == ""
}
