package syntax

import "podsg/sandbox/postgres/internal/sqlerror"

// furtherClauses begin parts of statements that are not carried out.
var furtherClauses = []string{
	"join", "inner", "left", "right", "full", "cross", "natural", "group", "having", "union", "intersect",
	"except", "window", "order", "offset", "for", "fetch", "tablesample", "on", "using", "returning",
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
	if p.takeWords("limit") {
		s.Limit, err = p.expression()
	}
	return s, err
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
	case p.isWord("as"), p.isName() && !p.isOneOf(furtherClauses):
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
		return s, err
	case p.isWord("select"), p.isSymbol("("):
		return nil, p.unsupported("INSERT from a query")
	}
	return nil, p.syntaxError()
}

func (p *parser) deleteStatement() (Statement, error) {
	var s Delete
	var err error
	if s.Table, err = p.relation(); err != nil {
		return nil, err
	}
	s.Where, err = p.whereClause()
	return s, err
}
