package engine

func (p *parser) createTableStatement() (statement, error) {
	s := createTableStatement{ifNotExists: p.takeWords("if", "not", "exists")}
	var err error
	if s.table, err = p.relation(); err != nil {
		return nil, err
	}
	if p.isWord("as") {
		return nil, unsupported(p.peek().offset, "CREATE TABLE AS")
	}
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	for {
		if p.isSymbol(")") && len(s.columns) == 0 {
			break
		}
		if err := p.tableElement(&s); err != nil {
			return nil, err
		}
		if !p.takeSymbol(",") {
			break
		}
	}
	return s, p.expectSymbol(")")
}

func (p *parser) tableElement(s *createTableStatement) error {
	if p.takeWords("primary", "key") {
		var err error
		s.primaryKey, err = parenthesised(p, p.identifier)
		return err
	}
	if t := p.peek(); p.isWord("constraint") || p.isWord("unique") || p.isWord("check") ||
		p.isWord("foreign") || p.isWord("exclude") || p.isWord("like") {
		return unsupported(t.offset, "the table constraint "+upper(t.value))
	}
	column, err := p.columnDefinition()
	if err != nil {
		return err
	}
	s.columns = append(s.columns, column)
	return nil
}

func (p *parser) columnDefinition() (columnDefinition, error) {
	var c columnDefinition
	var err error
	if c.name, err = p.identifier(); err != nil {
		return c, err
	}
	if c.typ, err = p.typeName(); err != nil {
		return c, err
	}
	switch c.typ.name {
	case "serial", "serial4":
		c.typ.name, c.serial, c.notNull = "integer", true, true
	case "bigserial", "serial8":
		c.typ.name, c.serial, c.notNull = "bigint", true, true
	}
	for {
		switch {
		case p.takeWords("not", "null"):
			c.notNull = true
		case p.takeWords("null"):
		case p.takeWords("primary", "key"):
			c.primaryKey = true
		case p.takeWords("unique"):
			c.unique = true
		case p.takeWords("default"):
			if c.defaultValue, err = p.operators(0); err != nil {
				return c, err
			}
		case p.takeWords("generated", "always", "as", "identity"),
			p.takeWords("generated", "by", "default", "as", "identity"):
			c.serial, c.notNull = true, true
		case p.isWord("check"), p.isWord("references"), p.isWord("constraint"), p.isWord("collate"), p.isWord("generated"):
			return c, unsupported(p.peek().offset, "the column constraint "+upper(p.peek().value))
		default:
			return c, nil
		}
	}
}

func (p *parser) dropTableStatement() (statement, error) {
	s := dropTableStatement{ifExists: p.takeWords("if", "exists")}
	var err error
	if s.tables, err = list(p, p.relation); err != nil {
		return nil, err
	}
	if !p.takeWords("cascade") {
		p.takeWords("restrict")
	}
	return s, nil
}
