package engine

import "slices"

// furtherClauses are parts of SELECT that this engine does not carry out.
var furtherClauses = []string{
	"join", "inner", "left", "right", "full", "cross", "natural", "group", "having", "union", "intersect",
	"except", "window", "for", "fetch", "tablesample",
}

func (p *parser) selectStatement() (statement, error) {
	if p.isWord("distinct") {
		return nil, unsupported(p.peek().offset, "DISTINCT")
	}
	p.takeWords("all")
	var s selectStatement
	var err error
	if s.items, err = list(p, p.selectItem); err != nil {
		return nil, err
	}
	if p.takeWords("from") {
		if s.from, s.alias, err = p.fromClause(); err != nil {
			return nil, err
		}
	}
	if s.where, err = p.whereClause(); err != nil {
		return nil, err
	}
	if p.takeWords("order", "by") {
		if s.orderBy, err = list(p, p.orderItem); err != nil {
			return nil, err
		}
	}
	for p.isWord("limit") || p.isWord("offset") {
		if err := p.limitClause(&s); err != nil {
			return nil, err
		}
	}
	if t := p.peek(); t.kind == tokenWord && slices.Contains(furtherClauses, t.value) {
		return nil, unsupported(t.offset, upper(t.value))
	}
	return s, nil
}

func (p *parser) limitClause(s *selectStatement) (err error) {
	if p.takeWords("limit") {
		if p.takeWords("all") {
			return nil
		}
		s.limit, err = p.expression()
		return err
	}
	p.take()
	s.offset, err = p.expression()
	if !p.takeWords("rows") {
		p.takeWords("row")
	}
	return err
}

func (p *parser) selectItem() (selectItem, error) {
	item := selectItem{offset: p.peek().offset}
	if p.takeSymbol("*") {
		item.star = true
		return item, nil
	}
	if p.lookahead(1).value == "." && p.lookahead(2).value == "*" {
		p.next += 3
		item.star = true
		return item, nil
	}
	var err error
	if item.value, err = p.expression(); err != nil {
		return item, err
	}
	if p.takeWords("as") {
		// Any key word may follow AS.
		t := p.take()
		if t.kind != tokenWord && t.kind != tokenQuotedName {
			p.next--
			return item, p.syntaxError()
		}
		item.alias = t.value
		return item, nil
	}
	if t := p.peek(); t.kind == tokenQuotedName || t.kind == tokenWord &&
		!slices.Contains(notNames, t.value) && !slices.Contains(furtherClauses, t.value) {
		item.alias = p.take().value
	}
	return item, nil
}

func (p *parser) fromClause() (*relation, string, error) {
	if p.isSymbol("(") {
		return nil, "", unsupported(p.peek().offset, "a subquery")
	}
	r, err := p.relation()
	if err != nil {
		return nil, "", err
	}
	if p.isSymbol("(") {
		return nil, "", unsupported(r.offset, "a function in FROM")
	}
	alias := r.name
	if p.takeWords("as") {
		name, err := p.identifier()
		if err != nil {
			return nil, "", err
		}
		alias = name.name
	} else if t := p.peek(); t.kind == tokenQuotedName || t.kind == tokenWord &&
		!slices.Contains(notNames, t.value) && !slices.Contains(furtherClauses, t.value) {
		alias = p.take().value
	}
	if p.isSymbol(",") {
		return nil, "", unsupported(p.peek().offset, "a join")
	}
	if t := p.peek(); t.kind == tokenWord && slices.Contains(furtherClauses, t.value) {
		return nil, "", unsupported(t.offset, upper(t.value))
	}
	return &r, alias, nil
}

func (p *parser) whereClause() (node, error) {
	if !p.takeWords("where") {
		return nil, nil
	}
	return p.expression()
}

func (p *parser) orderItem() (orderItem, error) {
	value, err := p.expression()
	if err != nil {
		return orderItem{}, err
	}
	item := orderItem{value: value}
	if p.takeWords("desc") {
		item.descending, item.nullsFirst = true, true
	} else {
		p.takeWords("asc")
	}
	switch {
	case p.takeWords("nulls", "first"):
		item.nullsFirst = true
	case p.takeWords("nulls", "last"):
		item.nullsFirst = false
	}
	return item, nil
}

func (p *parser) insertStatement() (statement, error) {
	var s insertStatement
	var err error
	if s.table, err = p.relation(); err != nil {
		return nil, err
	}
	if p.isSymbol("(") && p.lookahead(1).value != "select" {
		if s.columns, err = parenthesised(p, p.identifier); err != nil {
			return nil, err
		}
	}
	switch {
	case p.takeWords("default", "values"):
	case p.takeWords("values"):
		s.rows, err = list(p, func() ([]node, error) { return parenthesised(p, p.expressionOrDefault) })
		if err != nil {
			return nil, err
		}
	case p.isWord("select"), p.isSymbol("("):
		return nil, unsupported(p.peek().offset, "INSERT from a query")
	default:
		return nil, p.syntaxError()
	}
	return s, p.refuseTail("on", "ON CONFLICT", "returning", "RETURNING")
}

// refuseTail refuses clauses, given as pairs of first word and name.
func (p *parser) refuseTail(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if p.isWord(pairs[i]) {
			return unsupported(p.peek().offset, pairs[i+1])
		}
	}
	return nil
}

// expressionOrDefault returns nil for DEFAULT.
func (p *parser) expressionOrDefault() (node, error) {
	if p.takeWords("default") {
		return nil, nil
	}
	return p.expression()
}

func (p *parser) updateStatement() (statement, error) {
	var s updateStatement
	var err error
	if s.table, err = p.relation(); err != nil {
		return nil, err
	}
	if err := p.expectWords("set"); err != nil {
		return nil, err
	}
	s.set, err = list(p, func() (assignment, error) {
		column, err := p.identifier()
		if err != nil {
			return assignment{}, err
		}
		if err := p.expectSymbol("="); err != nil {
			return assignment{}, err
		}
		value, err := p.expressionOrDefault()
		return assignment{column, value}, err
	})
	if err != nil {
		return nil, err
	}
	if s.where, err = p.whereClause(); err != nil {
		return nil, err
	}
	return s, p.refuseTail("from", "UPDATE FROM", "returning", "RETURNING")
}

func (p *parser) deleteStatement() (statement, error) {
	var s deleteStatement
	var err error
	if s.table, err = p.relation(); err != nil {
		return nil, err
	}
	if s.where, err = p.whereClause(); err != nil {
		return nil, err
	}
	return s, p.refuseTail("using", "DELETE USING", "returning", "RETURNING")
}

func (p *parser) truncateStatement() (statement, error) {
	tables, err := list(p, p.relation)
	return truncateStatement{tables}, err
}
