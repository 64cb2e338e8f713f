package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Type is the object id of a data type in pg_type.
type Type uint32

// The data types the engine knows, by their ids in pg_type.
const (
	Unspecified Type = 0 // a parameter whose type the client leaves to the server
	Bool        Type = 16
	Name        Type = 19
	Int8        Type = 20
	Int2        Type = 21
	Int4        Type = 23
	Text        Type = 25
	OID         Type = 26
	Float8      Type = 701
	Unknown     Type = 705
	Inet        Type = 869
	Varchar     Type = 1043
	Timestamp   Type = 1114
	Timestamptz Type = 1184
	Regclass    Type = 2205
	Void        Type = 2278
)

// Value is nil (NULL) or a bool, int64, float64, string, time.Time, netip.Addr or RelationRef,
// according to the type of its column.
type Value any

// RelationRef is a value of type regclass.
type RelationRef struct {
	OID  uint32
	Name string
}

// Column describes one column of a result.
type Column struct {
	Name string
	Type Type
}

// Size is the length of the type's binary form in bytes, -1 when it varies.
func (t Type) Size() int16 {
	switch t {
	case Bool:
		return 1
	case Int2:
		return 2
	case Int4, OID, Regclass, Void:
		return 4
	case Int8, Float8, Timestamp, Timestamptz:
		return 8
	case Name:
		return 64
	case Unknown:
		return -2
	}
	return -1
}

// String is the name format_type and error messages use.
func (t Type) String() string {
	switch t {
	case Bool:
		return "boolean"
	case Name:
		return "name"
	case Int8:
		return "bigint"
	case Int2:
		return "smallint"
	case Int4:
		return "integer"
	case Text:
		return "text"
	case OID:
		return "oid"
	case Float8:
		return "double precision"
	case Inet:
		return "inet"
	case Varchar:
		return "character varying"
	case Timestamp:
		return "timestamp without time zone"
	case Timestamptz:
		return "timestamp with time zone"
	case Regclass:
		return "regclass"
	case Void:
		return "void"
	}
	return "unknown"
}

// internalName is the name in pg_type, which names the column of a cast.
func (t Type) internalName() string {
	switch t {
	case Bool:
		return "bool"
	case Int8:
		return "int8"
	case Int2:
		return "int2"
	case Int4:
		return "int4"
	case Float8:
		return "float8"
	case Varchar:
		return "varchar"
	case Timestamp:
		return "timestamp"
	case Timestamptz:
		return "timestamptz"
	}
	return t.String()
}

func (t Type) isInteger() bool { return t == Int2 || t == Int4 || t == Int8 || t == OID }
func (t Type) isNumber() bool  { return t.isInteger() || t == Float8 }
func (t Type) isText() bool    { return t == Text || t == Varchar || t == Name }
func (t Type) isTime() bool    { return t == Timestamp || t == Timestamptz }

// typeByName finds a type by any name SQL has for it.
func typeByName(name string) (Type, bool) {
	switch name {
	case "bool", "boolean":
		return Bool, true
	case "smallint", "int2":
		return Int2, true
	case "int", "integer", "int4":
		return Int4, true
	case "bigint", "int8":
		return Int8, true
	case "text":
		return Text, true
	case "varchar", "character varying":
		return Varchar, true
	case "name":
		return Name, true
	case "oid":
		return OID, true
	case "float8", "double precision", "float":
		return Float8, true
	case "inet":
		return Inet, true
	case "timestamp", "timestamp without time zone":
		return Timestamp, true
	case "timestamptz", "timestamp with time zone":
		return Timestamptz, true
	case "regclass":
		return Regclass, true
	}
	return 0, false
}

// otherTypes are types that PostgreSQL has and this engine has not.
var otherTypes = []string{
	"numeric", "decimal", "real", "float4", "char", "character", "bpchar", "bytea", "date", "time", "timetz",
	"interval", "uuid", "json", "jsonb", "xml", "money", "bit", "cidr", "macaddr", "point", "tsvector", "tsquery",
	"regtype", "regproc", "regnamespace", "regrole", "xid", "tid", "smallserial",
}

// resolve finds the type a name stands for.
func (n typeName) resolve() (Type, error) {
	if t, ok := typeByName(n.name); ok {
		return t, nil
	}
	if slices.Contains(otherTypes, n.name) {
		return 0, unsupported(n.offset, "type "+n.name)
	}
	return 0, errorAt(n.offset, codeUndefinedObject, "type %q does not exist", n.name)
}

const (
	timestampLayout   = "2006-01-02 15:04:05.999999"
	timestamptzLayout = "2006-01-02 15:04:05.999999-07"
)

// FormatText returns the text form of a value that is not NULL.
func FormatText(t Type, v Value) string {
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
	case string:
		return v
	case time.Time:
		if t == Timestamp {
			return v.Format(timestampLayout)
		}
		return v.UTC().Format(timestamptzLayout)
	case netip.Addr:
		return v.String()
	case RelationRef:
		return v.Name
	}
	return fmt.Sprint(v)
}

// ParseText reads the text form of a value of type t.
func ParseText(t Type, s string) (Value, error) {
	trimmed := strings.TrimSpace(s)
	switch {
	case t.isText(), t == Unknown, t == Unspecified, t == Void:
		return s, nil
	case t.isInteger():
		return parseInteger(t, s)
	case t == Bool:
		return parseBool(s)
	case t == Float8:
		f, err := strconv.ParseFloat(trimmed, 64)
		if err != nil {
			return nil, invalidText(t, s)
		}
		return f, nil
	case t.isTime():
		return parseTime(t, s)
	case t == Inet:
		addr, err := netip.ParseAddr(strings.TrimSuffix(trimmed, "/32"))
		if err != nil {
			return nil, invalidText(t, s)
		}
		return addr, nil
	}
	return nil, unsupported(nowhere, "input of type "+t.String())
}

func invalidText(t Type, s string) *Error {
	return errorAt(nowhere, codeInvalidTextRepresent, "invalid input syntax for type %s: %q", t, s)
}

func parseInteger(t Type, s string) (Value, error) {
	trimmed := strings.TrimSpace(s)
	n, err := strconv.ParseInt(trimmed, 10, 64)
	if numError, ok := err.(*strconv.NumError); ok && numError.Err == strconv.ErrRange {
		return nil, errorAt(nowhere, codeNumericOutOfRange, "value %q is out of range for type %s", s, t)
	}
	if err != nil {
		return nil, invalidText(t, s)
	}
	if err := checkRange(t, n); err != nil {
		return nil, errorAt(nowhere, codeNumericOutOfRange, "value %q is out of range for type %s", s, t)
	}
	return n, nil
}

// checkRange refuses a number that does not fit in the integer type t.
func checkRange(t Type, n int64) error {
	bits := map[Type]uint{Int2: 16, Int4: 32, Int8: 64}[t]
	if bits == 0 || n>>(bits-1) == n>>63 {
		return nil
	}
	return errorAt(nowhere, codeNumericOutOfRange, "%s out of range", t)
}

func parseBool(s string) (Value, error) {
	word := strings.ToLower(strings.TrimSpace(s))
	if word == "1" || word == "on" || word != "" && (strings.HasPrefix("true", word) || strings.HasPrefix("yes", word)) {
		return true, nil
	}
	if word == "0" || word == "of" || word == "off" || word != "" && (strings.HasPrefix("false", word) || strings.HasPrefix("no", word)) {
		return false, nil
	}
	return nil, invalidText(Bool, s)
}

func parseTime(t Type, s string) (Value, error) {
	trimmed := strings.Replace(strings.TrimSpace(s), "T", " ", 1)
	for _, layout := range []string{
		"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999-07",
		"2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02",
	} {
		if at, err := time.Parse(layout, trimmed); err == nil {
			if t == Timestamp {
				at = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
			}
			return at.UTC().Truncate(time.Microsecond), nil
		}
	}
	return nil, errorAt(nowhere, codeInvalidDatetime, "invalid input syntax for type %s: %q", t, s)
}
