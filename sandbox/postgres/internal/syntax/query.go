package syntax

import "podsg/sandbox/postgres/internal/sqlerror"

// furtherClauses are parts of SELECT that are not carried out, by their first word.
var furtherClauses = []string{
	"join", "inner", "left", "right", "full", "cross", "natural", "group", "having", "union", "intersect",
	"except", "window", "order", "offset", "for", "fetch", "tablesample",
}

// refuseFurther refuses a part of SELECT that is not carried out.
func (p *parser) refuseFurther() error {
	if p.isOneOf(furtherClauses) {
		return p.unsupported(upper(p.peek().value))
	}
	return nil
}

func (p *parser) selectStatement() (Statement, error) {
	if p.isWord("distinct") {
		return nil, p.unsupported("DISTINCT")
	}
	p.takeWords("all")
	var s Select
	var err error
	if s.Items, err = list(p, p.selectItem); err != nil {
		return nil, err
	}
	if p.takeWords("from") {
		if s.From, err = p.fromClause(); err != nil {
			return nil, err
		}
	}
	if s.Where, err = p.whereClause(); err != nil {
		return nil, err
	}
	if err := p.refuseFurther(); err != nil {
		return nil, err
	}
	if p.takeWords("limit") {
		if s.Limit, err = p.expression(); err != nil {
			return nil, err
		}
	}
	return s, p.refuseFurther()
}

func (p *parser) selectItem() (SelectItem, error) {
	item := SelectItem{Offset: p.peek().offset}
	if p.takeSymbol("*") {
		return item, nil
	}
	var err error
	if item.Value, err = p.expression(); err != nil {
		return item, err
	}
	if p.takeWords("as") {
		// Any key word may follow AS.
		if t := p.peek(); t.kind != tokenWord && t.kind != tokenQuotedName {
			return item, p.syntaxError()
		}
		item.Alias = p.take().value
	} else if p.isName() && !p.isOneOf(furtherClauses) {
		item.Alias = p.take().value
	}
	return item, nil
}

func (p *parser) fromClause() (*Relation, error) {
	if p.isSymbol("(") {
		return nil, p.unsupported("a subquery")
	}
	r, err := p.relation()
	if err != nil {
		return nil, err
	}
	switch {
	case p.isSymbol("("):
		return nil, sqlerror.Unsupported(r.Offset, "a function in FROM")
	case p.isSymbol(","):
		return nil, p.unsupported("a join")
	case p.isOneOf(furtherClauses):
		return nil, p.refuseFurther()
	case p.isWord("as"), p.isName():
		return nil, p.unsupported("another name for a table")
	}
	return &r, nil
}

func (p *parser) whereClause() (Expr, error) {
	if !p.takeWords("where") {
		return nil, nil
	}
	return p.expression()
}

func (p *parser) insertStatement() (Statement, error) {
	var s Insert
	var err error
	if s.Table, err = p.relation(); err != nil {
		return nil, err
	}
	if p.isSymbol("(") && p.lookahead(1).value != "select" {
		if s.Columns, err = parenthesised(p, p.identifier); err != nil {
			return nil, err
		}
	}
	switch {
	case p.isWord("default", "values"):
		return nil, p.unsupported("DEFAULT VALUES")
	case p.takeWords("values"):
		s.Rows, err = list(p, func() ([]Expr, error) { return parenthesised(p, p.expression) })
		if err != nil {
			return nil, err
		}
	case p.isWord("select"), p.isSymbol("("):
		return nil, p.unsupported("INSERT from a query")
	default:
		return nil, p.syntaxError()
	}
	if p.isWord("on") {
		return nil, p.unsupported("ON CONFLICT")
	}
	return s, p.refuseReturning()
}

func (p *parser) deleteStatement() (Statement, error) {
	var s Delete
	var err error
	if s.Table, err = p.relation(); err != nil {
		return nil, err
	}
	if p.isWord("using") {
		return nil, p.unsupported("DELETE USING")
	}
	if s.Where, err = p.whereClause(); err != nil {
		return nil, err
	}
	return s, p.refuseReturning()
}

func (p *parser) refuseReturning() error {
	if p.isWord("returning") {
		return p.unsupported("RETURNING")
	}
	return nil
}
