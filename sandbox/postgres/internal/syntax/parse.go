// Package syntax reads the SQL that the practice database carries out. What PostgreSQL has
// besides it refuses with SQLSTATE 0A000.
package syntax

import (
	"slices"

	"podsg/sandbox/postgres/internal/sqlerror"
)

// Parse reads all statements of a query text, separated by semicolons. catalogue is shown the
// text of each query first, for those that it knows by their text.
func Parse(text string, catalogue func(query string) (Statement, bool)) ([]Statement, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens}
	var statements []Statement
	for {
		for p.takeSymbol(";") {
		}
		if p.peek().kind == tokenEnd {
			return statements, nil
		}
		s, known := p.whole(catalogue)
		if !known {
			if s, err = p.statement(); err != nil {
				return nil, err
			}
		}
		switch {
		case p.isOneOf(furtherClauses):
			return nil, p.unsupported(upper(p.peek().value))
		case p.peek().kind != tokenEnd && !p.isSymbol(";"):
			return nil, p.syntaxError()
		}
		statements = append(statements, s)
	}
}

// whole consumes a query that the catalogue knows by its text.
func (p *parser) whole(catalogue func(string) (Statement, bool)) (Statement, bool) {
	if !p.isWord("select") {
		return nil, false
	}
	end := p.next
	for p.tokens[end].kind != tokenEnd && !(p.tokens[end].kind == tokenSymbol && p.tokens[end].value == ";") {
		end++
	}
	s, known := catalogue(p.text[p.peek().offset:p.tokens[end].offset])
	if known {
		p.next = end
	}
	return s, known
}

// otherCommands are SQL commands that exist and that are not carried out.
var otherCommands = []string{
	"abort", "alter", "analyze", "call", "checkpoint", "close", "cluster", "comment", "copy", "create",
	"declare", "do", "drop", "execute", "explain", "fetch", "grant", "import", "listen", "load", "lock",
	"merge", "move", "notify", "prepare", "reassign", "refresh", "reindex", "release", "revoke",
	"savepoint", "security", "table", "truncate", "unlisten", "update", "vacuum", "values", "with",
}

func (p *parser) statement() (Statement, error) {
	first := p.peek()
	switch {
	case p.takeWords("select"):
		return p.selectStatement()
	case p.takeWords("insert", "into"):
		return p.insertStatement()
	case p.takeWords("delete", "from"):
		return p.deleteStatement()
	case p.takeWords("create", "table"):
		return p.createTableStatement()
	case p.takeWords("drop", "table"):
		return p.dropTableStatement()
	case p.takeWords("begin"):
		return p.beginStatement("BEGIN")
	case p.takeWords("start", "transaction"):
		return p.beginStatement("START TRANSACTION")
	case p.takeWords("commit"), p.takeWords("end"):
		p.takeTransactionWord()
		return Commit{}, nil
	case p.isWord("rollback", "to"):
		return nil, p.unsupported("ROLLBACK TO SAVEPOINT")
	case p.takeWords("rollback"):
		p.takeTransactionWord()
		return Rollback{}, nil
	case p.takeWords("set"):
		return p.setStatement()
	case p.takeWords("reset"):
		name, err := p.settingName()
		return Set{Name: name, ToDefault: true, Tag: "RESET"}, err
	case p.takeWords("show"):
		name, err := p.settingName()
		return Show{name}, err
	case p.takeWords("deallocate"):
		p.takeWords("prepare")
		if p.takeWords("all") {
			return Deallocate{"all"}, nil
		}
		name, err := p.identifier()
		return Deallocate{name.Name}, err
	case p.takeWords("discard", "all"):
		return Set{Name: Identifier{Name: "all"}, ToDefault: true, Tag: "DISCARD ALL"}, nil
	case p.isOneOf(otherCommands):
		return nil, sqlerror.Unsupported(first.offset, p.commandName())
	}
	return nil, p.syntaxError()
}

// commandName names the command that begins at the next token, in capitals: one word, two
// for commands that say what kind of object they are about.
func (p *parser) commandName() string {
	first, second := p.peek(), p.lookahead(1)
	name := upper(first.value)
	if slices.Contains([]string{"alter", "create", "drop"}, first.value) && second.kind == tokenWord {
		name += " " + upper(second.value)
	}
	return name
}

func (p *parser) takeTransactionWord() {
	if !p.takeWords("transaction") {
		p.takeWords("work")
	}
}

func (p *parser) beginStatement(tag string) (Statement, error) {
	p.takeTransactionWord()
	if p.isOneOf([]string{"isolation", "read", "not", "deferrable"}) {
		return nil, p.unsupported("a transaction mode")
	}
	return Begin{tag}, nil
}

func (p *parser) settingName() (Identifier, error) {
	switch {
	case p.isWord("time", "zone"):
		offset := p.peek().offset
		p.next += 2
		return Identifier{Name: "timezone", Offset: offset}, nil
	case p.isWord("all"):
		return Identifier{Name: "all", Offset: p.take().offset}, nil
	}
	name, err := p.identifier()
	for err == nil && p.takeSymbol(".") {
		var part Identifier
		part, err = p.identifier()
		name.Name += "." + part.Name
	}
	return name, err
}

func (p *parser) setStatement() (Statement, error) {
	if p.isOneOf([]string{"transaction", "role", "constraints", "local"}) {
		return nil, p.unsupported("SET " + upper(p.peek().value))
	}
	p.takeWords("session")
	name, err := p.settingName()
	if err != nil {
		return nil, err
	}
	if !p.takeSymbol("=") && !p.takeWords("to") && name.Name != "timezone" {
		return nil, p.syntaxError()
	}
	s := Set{Name: name, Tag: "SET"}
	if p.takeWords("default") {
		s.ToDefault = true
		return s, nil
	}
	if p.takeSymbol("-") {
		s.Value = "-"
	}
	if kind := p.peek().kind; kind == tokenEnd || kind == tokenParam {
		return nil, p.syntaxError()
	}
	s.Value += p.take().value
	return s, nil
}
