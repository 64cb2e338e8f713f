package engine

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// expression reads by precedence, loosest first: OR, AND, NOT, IS, comparison, IN and LIKE,
// concatenation, sum, product, sign, cast.
func (p *parser) expression() (node, error) {
	left, err := p.conjunction()
	for err == nil && p.isWord("or") {
		offset := p.take().offset
		var right node
		right, err = p.conjunction()
		left = binaryOp{"or", left, right, offset}
	}
	return left, err
}

func (p *parser) conjunction() (node, error) {
	left, err := p.negation()
	for err == nil && p.isWord("and") {
		offset := p.take().offset
		var right node
		right, err = p.negation()
		left = binaryOp{"and", left, right, offset}
	}
	return left, err
}

func (p *parser) negation() (node, error) {
	if !p.isWord("not") {
		return p.nullTest()
	}
	offset := p.take().offset
	operand, err := p.negation()
	return unary{"not", operand, offset}, err
}

func (p *parser) nullTest() (node, error) {
	operand, err := p.comparison()
	for err == nil && p.isWord("is") {
		offset := p.take().offset
		negated := p.takeWords("not")
		switch {
		case p.takeWords("null"):
			operand = isNull{operand, negated, offset}
		case p.isWord("true"), p.isWord("false"):
			truth := p.take().value == "true"
			operand = call{name: "is truth", args: []node{
				operand, literal{truth, Bool, offset}, literal{negated, Bool, offset},
			}, offset: offset}
		default:
			err = p.syntaxError()
		}
	}
	return operand, err
}

var comparisonSymbols = []string{"=", "<>", "!=", "<", "<=", ">", ">="}

func (p *parser) comparison() (node, error) {
	left, err := p.matching()
	for err == nil && p.peek().kind == tokenSymbol && slices.Contains(comparisonSymbols, p.peek().value) {
		t := p.take()
		if t.value == "!=" {
			t.value = "<>"
		}
		var right node
		right, err = p.matching()
		left = binaryOp{t.value, left, right, t.offset}
	}
	return left, err
}

// matching reads LIKE, ILIKE, IN and BETWEEN.
func (p *parser) matching() (node, error) {
	left, err := p.operators(0)
	if err != nil {
		return nil, err
	}
	offset := p.peek().offset
	negated := p.isWord("not") && slices.Contains([]string{"like", "ilike", "in", "between"}, p.lookahead(1).value)
	if negated {
		p.take()
	}
	switch {
	case p.takeWords("like"), p.takeWords("ilike"):
		operator := p.tokens[p.next-1].value
		right, err := p.operators(0)
		if err != nil {
			return nil, err
		}
		return negate(binaryOp{operator, left, right, offset}, negated, offset), nil
	case p.takeWords("in"):
		if p.isSymbol("(") && p.lookahead(1).value == "select" {
			return nil, unsupported(p.lookahead(1).offset, "a subquery")
		}
		members, err := parenthesised(p, p.expression)
		return inList{left, members, negated, offset}, err
	case p.takeWords("between"):
		low, err := p.operators(0)
		if err != nil {
			return nil, err
		}
		if err := p.expectWords("and"); err != nil {
			return nil, err
		}
		high, err := p.operators(0)
		between := binaryOp{"and", binaryOp{">=", left, low, offset}, binaryOp{"<=", left, high, offset}, offset}
		return negate(between, negated, offset), err
	}
	return left, nil
}

func negate(n node, negated bool, offset int) node {
	if negated {
		return unary{"not", n, offset}
	}
	return n
}

// precedences of the arithmetic operators, loosest first.
var precedences = [][]string{{"||"}, {"+", "-"}, {"*", "/", "%"}}

func (p *parser) operators(level int) (node, error) {
	if level == len(precedences) {
		return p.signed()
	}
	left, err := p.operators(level + 1)
	for err == nil && p.peek().kind == tokenSymbol && slices.Contains(precedences[level], p.peek().value) {
		t := p.take()
		var right node
		right, err = p.operators(level + 1)
		left = binaryOp{t.value, left, right, t.offset}
	}
	return left, err
}

func (p *parser) signed() (node, error) {
	if p.takeSymbol("+") {
		return p.signed()
	}
	if !p.isSymbol("-") {
		return p.castable()
	}
	offset := p.take().offset
	operand, err := p.signed()
	return unary{"-", operand, offset}, err
}

func (p *parser) castable() (node, error) {
	operand, err := p.primary()
	for err == nil && p.takeSymbol("::") {
		var t typeName
		t, err = p.typeName()
		operand = cast{operand, t}
	}
	return operand, err
}

// keywordFunctions are the functions SQL calls without parentheses.
var keywordFunctions = []string{
	"current_user", "session_user", "user", "current_role", "current_catalog", "current_schema",
	"current_timestamp", "localtimestamp",
}

func (p *parser) primary() (node, error) {
	t := p.peek()
	switch t.kind {
	case tokenString:
		p.take()
		return literal{t.value, Unknown, t.offset}, nil
	case tokenNumber:
		p.take()
		return number(t)
	case tokenParam:
		p.take()
		n, err := strconv.Atoi(t.value)
		if err != nil || n < 1 || n > math.MaxUint16 {
			return nil, errorAt(t.offset, codeUndefinedParameter, "there is no parameter $%s", t.value)
		}
		return parameter{n, t.offset}, nil
	case tokenSymbol:
		if t.value != "(" {
			return nil, p.syntaxError()
		}
		p.take()
		if p.isWord("select") {
			return nil, unsupported(p.peek().offset, "a subquery")
		}
		inner, err := p.expression()
		if err != nil {
			return nil, err
		}
		return inner, p.expectSymbol(")")
	case tokenWord:
		if n, found, err := p.keyword(t); found || err != nil {
			return n, err
		}
	}
	return p.nameOrCall()
}

func number(t token) (node, error) {
	if !strings.Contains(t.value, ".") {
		if n, err := strconv.ParseInt(t.value, 10, 64); err == nil {
			if n > math.MaxInt32 {
				return literal{n, Int8, t.offset}, nil
			}
			return literal{n, Int4, t.offset}, nil
		}
	}
	f, err := strconv.ParseFloat(t.value, 64)
	if err != nil {
		return nil, errorAt(t.offset, codeSyntaxError, "syntax error at or near \"%s\"", t.value)
	}
	return literal{f, Float8, t.offset}, nil
}

// keyword reads the primary expressions that begin with a key word.
func (p *parser) keyword(t token) (n node, found bool, err error) {
	switch {
	case p.takeWords("null"):
		return literal{nil, Unknown, t.offset}, true, nil
	case p.takeWords("true"):
		return literal{true, Bool, t.offset}, true, nil
	case p.takeWords("false"):
		return literal{false, Bool, t.offset}, true, nil
	case slices.Contains(keywordFunctions, t.value) && p.lookahead(1).value != "(":
		p.take()
		return call{name: t.value, offset: t.offset}, true, nil
	case p.takeWords("cast"):
		if err := p.expectSymbol("("); err != nil {
			return nil, true, err
		}
		operand, err := p.expression()
		if err != nil {
			return nil, true, err
		}
		if err := p.expectWords("as"); err != nil {
			return nil, true, err
		}
		t, err := p.typeName()
		if err != nil {
			return nil, true, err
		}
		return cast{operand, t}, true, p.expectSymbol(")")
	case p.isWord("case"), p.isWord("exists"), p.isWord("array"), p.isWord("interval"):
		return nil, true, unsupported(t.offset, upper(t.value))
	}
	return nil, false, nil
}

func (p *parser) nameOrCall() (node, error) {
	first, err := p.identifier()
	if err != nil {
		return nil, err
	}
	name := relation{name: first.name, offset: first.offset}
	if p.takeSymbol(".") {
		second, err := p.identifier()
		if err != nil {
			return nil, err
		}
		name.schema, name.name = first.name, second.name
	}
	if !p.takeSymbol("(") {
		return columnRef{table: name.schema, name: name.name, offset: name.offset}, nil
	}
	if name.schema != "" && name.schema != "pg_catalog" {
		return nil, errorAt(name.offset, codeInvalidSchemaName, "schema %q does not exist", name.schema)
	}
	c := call{name: name.name, offset: name.offset}
	if p.takeSymbol("*") {
		c.star = true
		return c, p.expectSymbol(")")
	}
	if p.takeSymbol(")") {
		return c, nil
	}
	if p.isWord("distinct") {
		return nil, unsupported(p.peek().offset, "DISTINCT")
	}
	if c.args, err = list(p, p.expression); err != nil {
		return nil, err
	}
	return c, p.expectSymbol(")")
}

func upper(s string) string { return strings.ToUpper(s) }
