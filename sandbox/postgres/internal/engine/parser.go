package engine

import (
	"slices"
	"strconv"
)

// parser reads statements by recursive descent.
type parser struct {
	text   string
	tokens []token
	next   int
}

// parse reads all statements of a query text, separated by semicolons.
func parse(text string) ([]statement, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens}
	var statements []statement
	for {
		for p.takeSymbol(";") {
		}
		if p.peek().kind == tokenEnd {
			return statements, nil
		}
		s, err := p.statement()
		if err != nil {
			return nil, err
		}
		if p.peek().kind != tokenEnd && !p.isSymbol(";") {
			return nil, p.syntaxError()
		}
		statements = append(statements, s)
	}
}

func (p *parser) peek() token { return p.tokens[p.next] }

// lookahead returns the token n places after the next one.
func (p *parser) lookahead(n int) token {
	return p.tokens[min(p.next+n, len(p.tokens)-1)]
}

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

func (p *parser) isWord(words ...string) bool {
	for i, w := range words {
		if t := p.lookahead(i); t.kind != tokenWord || t.value != w {
			return false
		}
	}
	return true
}

// takeWords consumes the key words if they come next, all of them or none.
func (p *parser) takeWords(words ...string) bool {
	if !p.isWord(words...) {
		return false
	}
	p.next += len(words)
	return true
}

func (p *parser) isSymbol(s string) bool {
	t := p.peek()
	return t.kind == tokenSymbol && t.value == s
}

func (p *parser) takeSymbol(s string) bool {
	if !p.isSymbol(s) {
		return false
	}
	p.next++
	return true
}

func (p *parser) expectSymbol(s string) error {
	if !p.takeSymbol(s) {
		return p.syntaxError()
	}
	return nil
}

func (p *parser) expectWords(words ...string) error {
	if !p.takeWords(words...) {
		return p.syntaxError()
	}
	return nil
}

// syntaxError complains about the next token.
func (p *parser) syntaxError() error {
	t := p.peek()
	if t.kind == tokenEnd {
		return errorAt(t.offset, codeSyntaxError, "syntax error at end of input")
	}
	return errorAt(t.offset, codeSyntaxError, "syntax error at or near \"%s\"", p.text[t.offset:t.end])
}

// otherCommands are SQL commands that exist and that this engine does not carry out.
var otherCommands = []string{
	"abort", "alter", "analyze", "call", "checkpoint", "close", "cluster", "comment", "copy", "create",
	"declare", "do", "drop", "execute", "explain", "fetch", "grant", "import", "listen", "load", "lock",
	"merge", "move", "notify", "prepare", "reassign", "refresh", "reindex", "release", "revoke",
	"savepoint", "security", "table", "unlisten", "vacuum", "values", "with",
}

func (p *parser) statement() (statement, error) {
	first := p.peek()
	if first.kind != tokenWord {
		return nil, p.syntaxError()
	}
	switch {
	case p.isWord("select"):
		if query, ok := p.catalogQuery(); ok {
			return catalogStatement{query}, nil
		}
		p.take()
		return p.selectStatement()
	case p.takeWords("insert", "into"):
		return p.insertStatement()
	case p.takeWords("update"):
		return p.updateStatement()
	case p.takeWords("delete", "from"):
		return p.deleteStatement()
	case p.takeWords("truncate"):
		p.takeWords("table")
		return p.truncateStatement()
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
		return commitStatement{}, nil
	case p.isWord("rollback", "to"):
		return nil, unsupported(first.offset, "ROLLBACK TO SAVEPOINT")
	case p.takeWords("rollback"):
		p.takeTransactionWord()
		return rollbackStatement{}, nil
	case p.takeWords("set"):
		return p.setStatement()
	case p.takeWords("reset"):
		name, err := p.settingName()
		return setStatement{name: name, toDflt: true, tag: "RESET"}, err
	case p.takeWords("show"):
		name, err := p.settingName()
		return showStatement{name}, err
	case p.takeWords("deallocate"):
		p.takeWords("prepare")
		t := p.take()
		if t.kind != tokenWord && t.kind != tokenQuotedName {
			p.next--
			return nil, p.syntaxError()
		}
		return deallocateStatement{t.value}, nil
	case p.takeWords("discard", "all"):
		return setStatement{name: identifier{name: "all"}, toDflt: true, tag: "DISCARD ALL"}, nil
	}
	if slices.Contains(otherCommands, first.value) {
		return nil, unsupported(first.offset, commandName(p))
	}
	return nil, p.syntaxError()
}

// commandName names the command that begins at the next token, in capitals: one word, two
// for commands that say what kind of object they are about.
func commandName(p *parser) string {
	first, second := p.peek(), p.lookahead(1)
	name := upper(first.value)
	if slices.Contains([]string{"alter", "create", "drop"}, first.value) && second.kind == tokenWord {
		name += " " + upper(second.value)
	}
	return name
}

// catalogQuery consumes the whole statement when psql's own commands are known to send it.
func (p *parser) catalogQuery() (catalogQuery, bool) {
	end := p.next
	for p.tokens[end].kind != tokenEnd && !(p.tokens[end].kind == tokenSymbol && p.tokens[end].value == ";") {
		end++
	}
	query, ok := recogniseCatalogQuery(p.text[p.peek().offset:p.tokens[end].offset])
	if ok {
		p.next = end
	}
	return query, ok
}

// notNames are the reserved key words that cannot name a column or a table unquoted.
var notNames = []string{
	"all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast",
	"check", "collate", "column", "constraint", "create", "default", "deferrable", "desc", "distinct", "do",
	"else", "end", "except", "false", "fetch", "for", "foreign", "from", "grant", "group", "having", "in",
	"initially", "intersect", "into", "lateral", "leading", "limit", "not", "null", "offset", "on", "only",
	"or", "order", "placing", "primary", "references", "returning", "select", "some", "symmetric", "table",
	"then", "to", "trailing", "true", "union", "unique", "user", "using", "variadic", "when", "where",
	"window", "with",
}

func (p *parser) identifier() (identifier, error) {
	t := p.peek()
	if t.kind != tokenQuotedName && (t.kind != tokenWord || slices.Contains(notNames, t.value)) {
		return identifier{}, p.syntaxError()
	}
	p.next++
	return identifier{name: t.value, offset: t.offset}, nil
}

func (p *parser) relation() (relation, error) {
	first, err := p.identifier()
	if err != nil {
		return relation{}, err
	}
	if !p.takeSymbol(".") {
		return relation{name: first.name, offset: first.offset}, nil
	}
	second, err := p.identifier()
	return relation{schema: first.name, name: second.name, offset: first.offset}, err
}

// list reads one or more elements separated by commas.
func list[T any](p *parser, element func() (T, error)) ([]T, error) {
	var all []T
	for {
		e, err := element()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
		if !p.takeSymbol(",") {
			return all, nil
		}
	}
}

// parenthesised reads a list in parentheses.
func parenthesised[T any](p *parser, element func() (T, error)) ([]T, error) {
	if err := p.expectSymbol("("); err != nil {
		return nil, err
	}
	all, err := list(p, element)
	if err != nil {
		return nil, err
	}
	return all, p.expectSymbol(")")
}

func (p *parser) takeTransactionWord() {
	if !p.takeWords("transaction") {
		p.takeWords("work")
	}
}

// beginStatement reads the rest of BEGIN. Every isolation level is accepted and all behave
// as READ COMMITTED does.
func (p *parser) beginStatement(tag string) (statement, error) {
	p.takeTransactionWord()
	modes := [][]string{
		{"isolation", "level", "serializable"}, {"isolation", "level", "repeatable", "read"},
		{"isolation", "level", "read", "committed"}, {"isolation", "level", "read", "uncommitted"},
		{"read", "write"}, {"not", "deferrable"}, {"deferrable"},
	}
	s := beginStatement{tag: tag}
	for {
		switch {
		case p.takeWords("read", "only"):
			s.readOnly = true
		case !slices.ContainsFunc(modes, func(mode []string) bool { return p.takeWords(mode...) }):
			return s, nil
		}
		p.takeSymbol(",")
	}
}

func (p *parser) settingName() (identifier, error) {
	switch {
	case p.isWord("time", "zone"):
		offset := p.peek().offset
		p.next += 2
		return identifier{name: "timezone", offset: offset}, nil
	case p.isWord("all"):
		return identifier{name: "all", offset: p.take().offset}, nil
	}
	name, err := p.identifier()
	for err == nil && p.takeSymbol(".") {
		var part identifier
		part, err = p.identifier()
		name.name += "." + part.name
	}
	return name, err
}

func (p *parser) setStatement() (statement, error) {
	if p.isWord("transaction") || p.isWord("role") || p.isWord("constraints") || p.isWord("local") {
		return nil, unsupported(p.peek().offset, "SET "+upper(p.peek().value))
	}
	p.takeWords("session")
	name, err := p.settingName()
	if err != nil {
		return nil, err
	}
	if !p.takeSymbol("=") && !p.takeWords("to") && name.name != "timezone" {
		return nil, p.syntaxError()
	}
	s := setStatement{name: name, tag: "SET"}
	if p.takeWords("default") {
		s.toDflt = true
		return s, nil
	}
	t := p.take()
	switch {
	case t.kind == tokenEnd || t.kind == tokenParam:
		return nil, p.syntaxError()
	case t.kind == tokenSymbol && t.value == "-":
		s.value = "-" + p.take().value
	default:
		s.value = t.value
	}
	return s, nil
}

// typeName is a data type as written.
type typeName struct {
	name   string
	length int // of character varying(n), 0 for any
	offset int
}

func (p *parser) typeName() (typeName, error) {
	first, err := p.identifier()
	if err == nil && first.name == "pg_catalog" && p.takeSymbol(".") {
		first, err = p.identifier()
	}
	if err != nil {
		return typeName{}, err
	}
	t := typeName{name: first.name, offset: first.offset}
	switch {
	case t.name == "double" && p.takeWords("precision"):
		t.name = "double precision"
	case t.name == "character" && p.takeWords("varying"):
		t.name = "varchar"
	}
	if p.isSymbol("(") {
		if t.name != "varchar" {
			return t, unsupported(p.peek().offset, "a length or precision of type "+t.name)
		}
		p.take()
		if t.length, err = strconv.Atoi(p.take().value); err != nil || t.length < 1 {
			p.next--
			return t, p.syntaxError()
		}
		if err := p.expectSymbol(")"); err != nil {
			return t, err
		}
	}
	if t.name == "timestamp" && p.takeWords("with", "time", "zone") {
		t.name = "timestamptz"
	} else if t.name == "timestamp" {
		p.takeWords("without", "time", "zone")
	}
	if p.isSymbol("[") {
		return t, unsupported(first.offset, "an array type")
	}
	return t, nil
}
