// Package say holds the sentences that a person reads: formats with arguments,
// in English in the code, rendered in one place in the language of the reader.
//
// A sentence is never glued from pieces: what varies is an argument, and a part
// that is a sentence or a counted noun of its own is a [Text] among the
// arguments, so that a language can put it where it belongs.
//
// What varies was often read: a sentence is one line, without anything that a
// terminal would obey.
//
// The forms of plurals are golang.org/x/text's (CLDR). Neither its message
// printer nor go-i18n is used: the former groups the digits of every number,
// port numbers too, and the latter brings text/template into the binary, which
// keeps the linker from leaving methods out.
package say

import (
	"fmt"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"podsg/steps/clean"
)

// Text is a sentence, or a part of one: a format and its arguments.
type Text struct {
	Format string
	Args   []any
	// One is the format for one of something; empty: the sentence has no plural.
	// Its number is the first argument.
	One string

	english string
}

// T is a sentence without a plural of its own.
func T(format string, args ...any) Text {
	return Text{Format: format, Args: args, english: clean.Line(fmt.Sprintf(format, args...))}
}

// N is a sentence about a number of things, with the formats for one and for
// several. The number is the first argument of both.
func N(n int, one, several string, args ...any) Text {
	t := Text{Format: several, One: one, Args: append([]any{n}, args...)}
	t.english = clean.Line(fmt.Sprintf(t.form(language.English), t.Args...))
	return t
}

// form is the English format that a language's rule chooses.
func (t Text) form(tag language.Tag) string {
	if t.One == "" {
		return t.Format
	}
	n, _ := t.Args[0].(int)
	if plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0) == plural.One {
		return t.One
	}
	return t.Format
}

// String is the sentence in English.
func (t Text) String() string { return t.english }

// IsZero reports whether there is nothing to say.
func (t Text) IsZero() bool { return t.Format == "" }

// MarshalText gives the sentence in English, which is what programs read.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.english), nil }

// UnmarshalText takes a sentence back that was rendered before.
func (t *Text) UnmarshalText(text []byte) error {
	*t = T("%s", string(text))
	return nil
}

// Language renders sentences for a reader.
type Language struct {
	tag       language.Tag
	translate func(format string) string
}

// English is the language of the code.
var English = Language{tag: language.English}

// Render is a sentence in the language.
func (l Language) Render(t Text) string {
	if l.translate == nil {
		return t.english
	}
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		if part, ok := a.(Text); ok {
			a = l.Render(part)
		}
		args[i] = a
	}
	return clean.Line(fmt.Sprintf(l.translate(t.form(l.tag)), args...))
}

// Maybe is a text as it is, or nothing to say.
func Maybe(text string) Text {
	if text == "" {
		return Text{}
	}
	return T("%s", text)
}
