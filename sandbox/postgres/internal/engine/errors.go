package engine

import (
	"fmt"
	"unicode/utf8"
)

// SQLSTATE codes, named as in appendix A of the PostgreSQL manual.
const (
	codeWarningActiveTransaction = "25001"
	codeNoActiveTransaction      = "25P01"
	codeInFailedTransaction      = "25P02"
	codeDivisionByZero           = "22012"
	codeNumericOutOfRange        = "22003"
	codeInvalidTextRepresent     = "22P02"
	codeInvalidDatetime          = "22007"
	codeInvalidParameterValue    = "22023"
	codeNotNullViolation         = "23502"
	codeUniqueViolation          = "23505"
	codeDeadlock                 = "40P01"
	codeInsufficientPrivilege    = "42501"
	codeSyntaxError              = "42601"
	codeUndefinedColumn          = "42703"
	codeDuplicateColumn          = "42701"
	codeUndefinedFunction        = "42883"
	codeUndefinedTable           = "42P01"
	codeUndefinedParameter       = "42P02"
	codeUndefinedObject          = "42704"
	codeDuplicateTable           = "42P07"
	codeDatatypeMismatch         = "42804"
	codeCannotCoerce             = "42846"
	codeGroupingError            = "42803"
	codeInvalidColumnReference   = "42P10"
	codeInvalidSchemaName        = "3F000"
	codeCannotChangeParameter    = "55P02"
	codeFeatureNotSupported      = "0A000"
	codeQueryCanceled            = "57014"
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

// nowhere marks an error that is not about a place in the query text.
const nowhere = -1

func errorAt(offset int, code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), at: offset + 1}
}

// unsupported refuses something PostgreSQL can do and this engine cannot, so that nobody
// mistakes the gap for a mistake of their own.
func unsupported(offset int, what string) *Error {
	return errorAt(offset, codeFeatureNotSupported, "%s is not supported by the practice database", what)
}

// locate turns the byte offset of err into the character position the protocol wants.
func locate(text string, err error) error {
	e, ok := err.(*Error)
	if !ok || e.at == 0 || e.Position != 0 {
		return err
	}
	e.Position = utf8.RuneCountInString(text[:min(e.at-1, len(text))]) + 1
	return e
}
