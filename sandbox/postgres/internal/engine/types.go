package engine

import (
	"slices"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

// otherTypes are types that PostgreSQL has and this engine does not convert to or store.
var otherTypes = []string{
	"numeric", "decimal", "real", "float4", "double", "float8", "float", "char", "character", "bpchar", "bytea", "date",
	"time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb", "xml", "money", "bit", "inet",
	"cidr", "macaddr", "point", "tsvector", "tsquery", "name", "oid", "regclass", "regtype", "regproc", "regnamespace",
	"regrole", "xid", "tid", "smallint", "int2", "serial", "serial4", "bigserial", "serial8", "smallserial",
}

// resolveType finds the type a name stands for.
func resolveType(n syntax.TypeName) (datum.Type, error) {
	if t, _, ok := datum.ByName(n.Name); ok {
		return t, nil
	}
	if slices.Contains(otherTypes, n.Name) {
		return 0, sqlerror.Unsupported(n.Offset, "type "+n.Name)
	}
	return 0, sqlerror.At(n.Offset, sqlerror.CodeUndefinedObject, "type %q does not exist", n.Name)
}
