package syntax

import (
	"slices"
	"strings"

	"podsg/sandbox/postgres/internal/sqlerror"
)

// parser reads statements by recursive descent.
type parser struct {
	text   string
	tokens []token
	next   int
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

// isOneOf reports whether the next token is one of the key words.
func (p *parser) isOneOf(words []string) bool {
	t := p.peek()
	return t.kind == tokenWord && slices.Contains(words, t.value)
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
		return sqlerror.At(t.offset, sqlerror.CodeSyntaxError, "syntax error at end of input")
	}
	return sqlerror.At(t.offset, sqlerror.CodeSyntaxError, "syntax error at or near \"%s\"", p.text[t.offset:t.end])
}

// unsupported refuses what begins at the next token.
func (p *parser) unsupported(what string) error {
	return sqlerror.Unsupported(p.peek().offset, what)
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

func (p *parser) isName() bool {
	t := p.peek()
	return t.kind == tokenQuotedName || t.kind == tokenWord && !slices.Contains(notNames, t.value)
}

func (p *parser) identifier() (Identifier, error) {
	if !p.isName() {
		return Identifier{}, p.syntaxError()
	}
	t := p.take()
	return Identifier{Name: t.value, Offset: t.offset}, nil
}

func (p *parser) relation() (Relation, error) {
	first, err := p.identifier()
	if err != nil {
		return Relation{}, err
	}
	if !p.takeSymbol(".") {
		return Relation{Name: first.Name, Offset: first.Offset}, nil
	}
	second, err := p.identifier()
	return Relation{Schema: first.Name, Name: second.Name, Offset: first.Offset}, err
}

func (p *parser) typeName() (TypeName, error) {
	first, err := p.identifier()
	if err == nil && first.Name == "pg_catalog" && p.takeSymbol(".") {
		first, err = p.identifier()
	}
	if err != nil {
		return TypeName{}, err
	}
	t := TypeName(first)
	switch {
	case t.Name == "character" && p.takeWords("varying"):
		t.Name = "varchar"
	case t.Name == "double":
		p.takeWords("precision")
	}
	if p.isSymbol("(") {
		return t, p.unsupported("a length or precision of type " + t.Name)
	}
	if p.isSymbol("[") {
		return t, sqlerror.Unsupported(t.Offset, "an array type")
	}
	return t, nil
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

func upper(s string) string { return strings.ToUpper(s) }
