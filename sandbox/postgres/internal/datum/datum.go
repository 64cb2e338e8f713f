// Package datum has PostgreSQL's data types and the text and binary forms of their values, as
// far as the practice database needs them.
package datum

import (
	"net/netip"
	"strconv"
	"strings"

	"podsg/sandbox/postgres/internal/sqlerror"
)

// Value is nil (NULL) or a bool, int64, float64, string or netip.Addr, according to the type of
// its column.
type Value any

// Type is the object id of a data type in pg_type.
type Type uint32

// The data types the practice database knows, by their ids in pg_type.
const (
	Unspecified Type = 0 // a parameter whose type the client leaves to the server
	Bool        Type = 16
	Name        Type = 19
	Int8        Type = 20
	Int4        Type = 23
	Text        Type = 25
	OID         Type = 26
	Float8      Type = 701
	Unknown     Type = 705
	Inet        Type = 869
	Varchar     Type = 1043
	Void        Type = 2278
)

// names are what format_type and error messages call the types.
var names = map[Type]string{
	Bool: "boolean", Name: "name", Int8: "bigint", Int4: "integer", Text: "text", OID: "oid",
	Float8: "double precision", Inet: "inet", Varchar: "character varying", Void: "void",
}

// String is the name format_type and error messages use.
func (t Type) String() string {
	if name, ok := names[t]; ok {
		return name
	}
	return "unknown"
}

// ByName finds a type by any name SQL has for it. internal is its name in pg_type, which names
// the column of a cast.
func ByName(name string) (t Type, internal string, ok bool) {
	switch name {
	case "bool", "boolean":
		return Bool, "bool", true
	case "int", "integer", "int4":
		return Int4, "int4", true
	case "bigint", "int8":
		return Int8, "int8", true
	case "text":
		return Text, "text", true
	case "varchar":
		return Varchar, "varchar", true
	}
	return 0, "", false
}

// Column describes one column of a result.
type Column struct {
	Name string
	Type Type
}

// Size is the length of the type's binary form in bytes, negative when it varies.
func (t Type) Size() int16 {
	switch t {
	case Bool:
		return 1
	case Int4, OID, Void:
		return 4
	case Int8, Float8:
		return 8
	case Name:
		return 64
	case Unknown:
		return -2
	}
	return -1
}

// IsInteger reports whether values of the type are int64.
func (t Type) IsInteger() bool { return t == Int4 || t == Int8 || t == OID }

// IsText reports whether the type is text of some kind.
func (t Type) IsText() bool { return t == Text || t == Varchar || t == Name }

// FormatText returns the text form of a value that is not NULL.
func FormatText(v Value) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "t"
		}
		return "f"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case netip.Addr:
		return v.String()
	}
	return v.(string)
}

// ParseText reads the text form of a value of type t.
func ParseText(t Type, s string) (Value, error) {
	switch {
	case t.IsText(), t == Unknown, t == Unspecified:
		return s, nil
	case t.IsInteger():
		return parseInteger(t, s)
	case t == Bool:
		return parseBool(s)
	case t == Float8:
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return nil, invalidText(t, s)
		}
		return f, nil
	}
	return nil, sqlerror.New(sqlerror.CodeFeatureNotSupported, "input of type %s is not supported by the practice database", t)
}

func invalidText(t Type, s string) *sqlerror.Error {
	return sqlerror.New(sqlerror.CodeInvalidText, "invalid input syntax for type %s: %q", t, s)
}

func parseInteger(t Type, s string) (Value, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	numError, ok := err.(*strconv.NumError)
	if ok && numError.Err == strconv.ErrRange || err == nil && CheckRange(t, n) != nil {
		return nil, sqlerror.New(sqlerror.CodeNumericOutOfRange, "value %q is out of range for type %s", s, t)
	}
	if err != nil {
		return nil, invalidText(t, s)
	}
	return n, nil
}

// CheckRange refuses a number that does not fit in the integer type t.
func CheckRange(t Type, n int64) error {
	if t != Int4 || n == int64(int32(n)) {
		return nil
	}
	return sqlerror.New(sqlerror.CodeNumericOutOfRange, "%s out of range", t)
}

func parseBool(s string) (Value, error) {
	word := strings.ToLower(strings.TrimSpace(s))
	switch {
	case word == "":
	case word == "1", word == "on", strings.HasPrefix("true", word), strings.HasPrefix("yes", word):
		return true, nil
	case word == "0", word == "of", word == "off", strings.HasPrefix("false", word), strings.HasPrefix("no", word):
		return false, nil
	}
	return nil, invalidText(Bool, s)
}
