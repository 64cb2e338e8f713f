package syntax

func (p *parser) createTableStatement() (Statement, error) {
	s := CreateTable{IfNotExists: p.takeWords("if", "not", "exists")}
	var err error
	if s.Table, err = p.relation(); err != nil {
		return nil, err
	}
	if p.isWord("as") {
		return nil, p.unsupported("CREATE TABLE AS")
	}
	if p.isSymbol("(") && p.lookahead(1).value == ")" {
		p.next += 2
		return s, nil
	}
	s.Columns, err = parenthesised(p, p.columnDefinition)
	return s, err
}

// Words that begin a constraint of a table, and of a column.
var (
	tableConstraints  = []string{"constraint", "primary", "unique", "check", "foreign", "exclude", "like"}
	columnConstraints = []string{
		"not", "null", "default", "primary", "unique", "check", "references", "constraint", "collate", "generated",
	}
)

func (p *parser) columnDefinition() (c ColumnDefinition, err error) {
	if p.isOneOf(tableConstraints) {
		return c, p.unsupported("the table constraint " + upper(p.peek().value))
	}
	if c.Name, err = p.identifier(); err != nil {
		return c, err
	}
	if c.Type, err = p.typeName(); err != nil {
		return c, err
	}
	if p.isOneOf(columnConstraints) {
		return c, p.unsupported("the column constraint " + upper(p.peek().value))
	}
	return c, nil
}

func (p *parser) dropTableStatement() (Statement, error) {
	s := DropTable{IfExists: p.takeWords("if", "exists")}
	var err error
	if s.Tables, err = list(p, p.relation); err != nil {
		return nil, err
	}
	if !p.takeWords("cascade") {
		p.takeWords("restrict")
	}
	return s, nil
}
