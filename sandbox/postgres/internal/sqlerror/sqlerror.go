// Package sqlerror has errors and notices as PostgreSQL reports them to a client.
package sqlerror

import (
	"fmt"
	"unicode/utf8"
)

// SQLSTATE codes, named as in appendix A of the PostgreSQL manual.
const (
	CodeActiveTransaction      = "25001"
	CodeNoActiveTransaction    = "25P01"
	CodeInFailedTransaction    = "25P02"
	CodeNumericOutOfRange      = "22003"
	CodeInvalidText            = "22P02"
	CodeInvalidBinary          = "22P03"
	CodeSyntaxError            = "42601"
	CodeUndefinedColumn        = "42703"
	CodeDuplicateColumn        = "42701"
	CodeUndefinedFunction      = "42883"
	CodeUndefinedTable         = "42P01"
	CodeUndefinedParameter     = "42P02"
	CodeUndefinedObject        = "42704"
	CodeDuplicateTable         = "42P07"
	CodeDatatypeMismatch       = "42804"
	CodeGroupingError          = "42803"
	CodeInvalidRowCountInLimit = "2201W"
	CodeInvalidSchemaName      = "3F000"
	CodeCannotChangeParameter  = "55P02"
	CodeFeatureNotSupported    = "0A000"
	CodeQueryCanceled          = "57014"
	CodeSuccessfulCompletion   = "00000"
)

// Error is an error as PostgreSQL reports it to a client.
type Error struct {
	Severity string // ERROR unless set
	Code     string // SQLSTATE
	Message  string
	Detail   string
	Hint     string
	// Position is the 1-based character of the query text the error is about, 0 for none.
	Position int

	// at is the byte offset plus one in the query text, from which Position is computed.
	at int
}

// Error returns the message alone, as PostgreSQL words it.
func (e *Error) Error() string { return e.Message }

// Notice is a message that accompanies a successful statement.
type Notice struct {
	Severity string // NOTICE or WARNING
	Code     string
	Message  string
}

// New makes an error that is not about a place in the query text.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// At makes an error about a byte offset in the query text.
func At(offset int, code, format string, args ...any) *Error {
	return New(code, format, args...).Place(offset)
}

// Place says what byte offset in the query text the error is about.
func (e *Error) Place(offset int) *Error {
	e.at = offset + 1
	return e
}

// Unsupported refuses something PostgreSQL can do and the practice database cannot, so that
// nobody mistakes the gap for a mistake of their own.
func Unsupported(offset int, what string) *Error {
	return At(offset, CodeFeatureNotSupported, "%s is not supported by the practice database", what)
}

// Locate turns the byte offset of err into the character position the protocol wants.
func Locate(text string, err error) error {
	e, ok := err.(*Error)
	if !ok || e.at == 0 || e.Position != 0 {
		return err
	}
	e.Position = utf8.RuneCountInString(text[:min(e.at-1, len(text))]) + 1
	return e
}
