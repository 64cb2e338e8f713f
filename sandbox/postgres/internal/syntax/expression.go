package syntax

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
)

// Operators that exist and are not carried out: key words and symbols.
var (
	otherWords   = []string{"or", "not", "like", "ilike", "in", "between", "similar", "collate"}
	otherSymbols = []string{"<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "~", "~~", "~~*", "!~~", "!~~*"}
)

// expression reads by precedence, loosest first: AND, IS, =, cast.
func (p *parser) expression() (Expr, error) {
	left, err := p.nullTest()
	for err == nil && p.isWord("and") {
		offset := p.take().offset
		var right Expr
		right, err = p.nullTest()
		left = Binary{"and", left, right, offset, Pos(left.Start())}
	}
	return left, err
}

func (p *parser) nullTest() (Expr, error) {
	operand, err := p.comparison()
	for err == nil && p.takeWords("is") {
		negated := p.takeWords("not")
		switch {
		case p.takeWords("null"):
			operand = IsNull{operand, negated, Pos(operand.Start())}
		case p.isOneOf([]string{"true", "false", "unknown", "distinct"}):
			err = p.unsupported("IS " + upper(p.peek().value))
		default:
			err = p.syntaxError()
		}
	}
	return operand, err
}

func (p *parser) comparison() (Expr, error) {
	left, err := p.castable()
	for err == nil && p.isSymbol("=") {
		offset := p.take().offset
		var right Expr
		right, err = p.castable()
		left = Binary{"=", left, right, offset, Pos(left.Start())}
	}
	if err != nil {
		return nil, err
	}
	if t := p.peek(); p.isOneOf(otherWords) || t.kind == tokenSymbol && slices.Contains(otherSymbols, t.value) {
		return nil, p.unsupported("operator " + upper(t.value))
	}
	return left, nil
}

func (p *parser) castable() (Expr, error) {
	operand, err := p.primary()
	for err == nil && p.takeSymbol("::") {
		var t TypeName
		t, err = p.typeName()
		operand = Cast{operand, t, Pos(operand.Start())}
	}
	return operand, err
}

// keywordFunctions are the functions SQL calls without parentheses.
var keywordFunctions = []string{
	"current_user", "session_user", "user", "current_role", "current_catalog", "current_schema",
}

func (p *parser) primary() (Expr, error) {
	t := p.peek()
	switch t.kind {
	case tokenString:
		p.take()
		return Literal{t.value, datum.Unknown, Pos(t.offset)}, nil
	case tokenNumber:
		p.take()
		return number(t, t.value)
	case tokenParam:
		p.take()
		n, err := strconv.Atoi(t.value)
		if err != nil || n < 1 || n > math.MaxUint16 {
			return nil, sqlerror.At(t.offset, sqlerror.CodeUndefinedParameter, "there is no parameter $%s", t.value)
		}
		return Parameter{n, Pos(t.offset)}, nil
	case tokenSymbol:
		return p.symbol(t)
	case tokenWord:
		if n, found, err := p.keyword(t); found || err != nil {
			return n, err
		}
	}
	return p.nameOrCall()
}

// symbol reads a sign before a number, or an expression in parentheses.
func (p *parser) symbol(t token) (Expr, error) {
	if t.value == "-" && p.lookahead(1).kind == tokenNumber {
		p.take()
		return number(t, "-"+p.take().value)
	}
	if !p.takeSymbol("(") {
		return nil, p.syntaxError()
	}
	if p.isWord("select") {
		return nil, p.unsupported("a subquery")
	}
	inner, err := p.expression()
	if err != nil {
		return nil, err
	}
	return inner, p.expectSymbol(")")
}

// number reads a number that begins at a token.
func number(t token, value string) (Expr, error) {
	if !strings.Contains(value, ".") {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			if n != int64(int32(n)) {
				return Literal{n, datum.Int8, Pos(t.offset)}, nil
			}
			return Literal{n, datum.Int4, Pos(t.offset)}, nil
		}
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return nil, sqlerror.At(t.offset, sqlerror.CodeSyntaxError, "syntax error at or near \"%s\"", value)
	}
	return Literal{f, datum.Float8, Pos(t.offset)}, nil
}

// keyword reads the primary expressions that begin with a key word.
func (p *parser) keyword(t token) (n Expr, found bool, err error) {
	switch {
	case p.takeWords("null"):
		return Literal{nil, datum.Unknown, Pos(t.offset)}, true, nil
	case p.takeWords("true"):
		return Literal{true, datum.Bool, Pos(t.offset)}, true, nil
	case p.takeWords("false"):
		return Literal{false, datum.Bool, Pos(t.offset)}, true, nil
	case slices.Contains(keywordFunctions, t.value) && p.lookahead(1).value != "(":
		p.take()
		return Call{Name: t.value, Pos: Pos(t.offset)}, true, nil
	case p.takeWords("cast"):
		n, err := p.castCall()
		return n, true, err
	case p.isOneOf([]string{"case", "exists", "array", "interval", "not", "default"}):
		return nil, true, p.unsupported(upper(t.value))
	}
	return nil, false, nil
}

// castCall reads CAST (x AS type) from its parenthesis on.
func (p *parser) castCall() (Expr, error) {
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	operand, err := p.expression()
	if err != nil {
		return nil, err
	}
	if err := p.expectWords("as"); err != nil {
		return nil, err
	}
	t, err := p.typeName()
	if err != nil {
		return nil, err
	}
	return Cast{operand, t, Pos(operand.Start())}, p.expectSymbol(")")
}

func (p *parser) nameOrCall() (Expr, error) {
	name, err := p.relation()
	if err != nil {
		return nil, err
	}
	if !p.takeSymbol("(") {
		if name.Schema != "" {
			return nil, sqlerror.Unsupported(name.Offset, "a table's name before that of a column")
		}
		return Column{Name: name.Name, Pos: Pos(name.Offset)}, nil
	}
	if name.Schema != "" && name.Schema != "pg_catalog" {
		return nil, sqlerror.At(name.Offset, sqlerror.CodeInvalidSchemaName, "schema %q does not exist", name.Schema)
	}
	c := Call{Name: name.Name, Pos: Pos(name.Offset)}
	if p.takeSymbol("*") {
		c.Star = true
		return c, p.expectSymbol(")")
	}
	if p.takeSymbol(")") {
		return c, nil
	}
	if p.isWord("distinct") {
		return nil, p.unsupported("DISTINCT")
	}
	if c.Args, err = list(p, p.expression); err != nil {
		return nil, err
	}
	return c, p.expectSymbol(")")
}
