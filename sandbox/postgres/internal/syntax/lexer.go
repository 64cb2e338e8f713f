package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"podsg/sandbox/postgres/internal/sqlerror"
)

type tokenKind byte

const (
	tokenEnd        tokenKind = iota
	tokenWord                 // identifier or key word, folded to lower case
	tokenQuotedName           // "identifier"
	tokenString               // 'literal'
	tokenNumber
	tokenParam // $1
	tokenSymbol
)

type token struct {
	kind   tokenKind
	value  string
	offset int // of the first byte in the query text
	end    int
}

// symbols of more than one character, longest first.
var longSymbols = []string{"!~~*", "!~~", "~~*", "::", "<>", "!=", "<=", ">=", "||", "~~"}

// lex splits a query text in tokens; comments and white space are dropped. The last token
// is always a tokenEnd.
func lex(text string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(text); {
		r, width := utf8.DecodeRuneInString(text[i:])
		start := i
		var t token
		var err error
		switch {
		case unicode.IsSpace(r):
			i += width
			continue
		case strings.HasPrefix(text[i:], "--"):
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
			continue
		case strings.HasPrefix(text[i:], "/*"):
			if i, err = skipComment(text, i); err != nil {
				return nil, err
			}
			continue
		case r == '\'':
			t, i, err = lexString(text, i, i+1, false)
		case (r == 'e' || r == 'E') && strings.HasPrefix(text[i+1:], "'"):
			t, i, err = lexString(text, i, i+2, true)
		case r == '"':
			t, i, err = lexQuotedName(text, i)
		case r == '_' || unicode.IsLetter(r):
			i = skip(text, i, func(r rune) bool {
				return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
			})
			t = token{kind: tokenWord, value: strings.ToLower(text[start:i])}
		case isDigit(r) || r == '.' && i+1 < len(text) && isDigit(rune(text[i+1])):
			i = skip(text, i, func(r rune) bool { return isDigit(r) || r == '.' })
			t = token{kind: tokenNumber, value: text[start:i]}
		case r == '$' && i+1 < len(text) && isDigit(rune(text[i+1])):
			i = skip(text, i+1, isDigit)
			t = token{kind: tokenParam, value: text[start+1 : i]}
		default:
			symbol := text[i : i+width]
			for _, long := range longSymbols {
				if strings.HasPrefix(text[i:], long) {
					symbol = long
					break
				}
			}
			i += len(symbol)
			t = token{kind: tokenSymbol, value: symbol}
		}
		if err != nil {
			return nil, err
		}
		t.offset, t.end = start, i
		tokens = append(tokens, t)
	}
	return append(tokens, token{kind: tokenEnd, offset: len(text), end: len(text)}), nil
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// skip returns the first offset from i on whose character does not belong.
func skip(text string, i int, belongs func(rune) bool) int {
	for i < len(text) {
		r, width := utf8.DecodeRuneInString(text[i:])
		if !belongs(r) {
			break
		}
		i += width
	}
	return i
}

func skipComment(text string, start int) (int, error) {
	depth := 0
	for i := start; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i, nil
			}
		default:
			i++
		}
	}
	return 0, sqlerror.At(start, sqlerror.CodeSyntaxError, "unterminated /* comment at or near \"%s\"", text[start:])
}

// lexString reads a string literal whose first character is at i; escapes allows backslashes.
func lexString(text string, start, i int, escapes bool) (token, int, error) {
	var b strings.Builder
	for ; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "''"):
			b.WriteByte('\'')
			i++
		case text[i] == '\'':
			return token{kind: tokenString, value: b.String()}, i + 1, nil
		case escapes && text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(unescape(text[i]))
		default:
			b.WriteByte(text[i])
		}
	}
	return token{}, 0, sqlerror.At(start, sqlerror.CodeSyntaxError, "unterminated quoted string at or near \"%s\"", text[start:])
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	}
	return c
}

func lexQuotedName(text string, start int) (token, int, error) {
	var b strings.Builder
	for i := start + 1; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], `""`):
			b.WriteByte('"')
			i++
		case text[i] == '"':
			if b.Len() == 0 {
				return token{}, 0, sqlerror.At(start, sqlerror.CodeSyntaxError, "zero-length delimited identifier at or near \"\"\"\"")
			}
			return token{kind: tokenQuotedName, value: b.String()}, i + 1, nil
		default:
			b.WriteByte(text[i])
		}
	}
	return token{}, 0, sqlerror.At(start, sqlerror.CodeSyntaxError, "unterminated quoted identifier at or near \"%s\"", text[start:])
}
