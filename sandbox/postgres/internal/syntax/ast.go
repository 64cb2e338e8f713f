package syntax

import "podsg/sandbox/postgres/internal/datum"

// A Statement is one parsed SQL command: one of the types below, or what the catalogue made of
// the text of a query.
type Statement any

type (
	// Select reads one relation, or none.
	Select struct {
		Items []SelectItem
		From  *Relation // nil without FROM
		Where Expr
		Limit Expr
	}
	// SelectItem is an expression, or * without one.
	SelectItem struct {
		Value  Expr
		Alias  string
		Offset int
	}

	// Insert adds rows to a table.
	Insert struct {
		Table   Relation
		Columns []Identifier // nil: all columns in their order
		Rows    [][]Expr
	}
	// Delete removes rows from a table.
	Delete struct {
		Table Relation
		Where Expr
	}

	// CreateTable makes a table.
	CreateTable struct {
		Table       Relation
		IfNotExists bool
		Columns     []ColumnDefinition
	}
	// ColumnDefinition is a column of a new table.
	ColumnDefinition struct {
		Name Identifier
		Type TypeName
	}
	// DropTable removes tables.
	DropTable struct {
		Tables   []Relation
		IfExists bool
	}

	// Begin opens a transaction.
	Begin struct{ Tag string }
	// Commit ends a transaction and keeps its changes.
	Commit struct{}
	// Rollback ends a transaction without its changes.
	Rollback struct{}

	// Set changes a parameter, or all, for the rest of the session.
	Set struct {
		Name      Identifier
		Value     string
		ToDefault bool // SET x TO DEFAULT, RESET x
		Tag       string
	}
	// Show asks for a parameter.
	Show struct{ Name Identifier }

	// Deallocate has no effect here: the wire protocol's layer owns prepared statements.
	Deallocate struct{ Name string }
)

// Identifier is a name and its byte offset in the query text.
type Identifier struct {
	Name   string
	Offset int
}

// Relation names a table, optionally in a schema.
type Relation struct {
	Schema string
	Name   string
	Offset int
}

// String is the name as error messages quote it.
func (r Relation) String() string {
	if r.Schema != "" {
		return r.Schema + "." + r.Name
	}
	return r.Name
}

// TypeName is a data type as written.
type TypeName struct {
	Name   string
	Offset int
}

// An Expr is an expression as parsed.
type Expr interface {
	// Start is the byte offset of the expression in the query text.
	Start() int
}

type (
	// Literal is a constant.
	Literal struct {
		Value datum.Value
		Type  datum.Type
		Pos
	}
	// Parameter is $1 and so on.
	Parameter struct {
		Number int
		Pos
	}
	// Column is a column of the relation that is read.
	Column struct {
		Name string
		Pos
	}
	// Call calls a function.
	Call struct {
		Name string
		Args []Expr
		Star bool
		Pos
	}
	// Binary is an operator between two operands: "and" or "=".
	Binary struct {
		Operator    string
		Left, Right Expr
		Offset      int // of the operator
		Pos
	}
	// IsNull is IS NULL, or IS NOT NULL.
	IsNull struct {
		Operand Expr
		Negated bool
		Pos
	}
	// Cast is CAST (x AS type), or x::type.
	Cast struct {
		Operand Expr
		Type    TypeName
		Pos
	}
)

// Pos is where an expression begins.
type Pos int

// Start implements Expr.
func (p Pos) Start() int { return int(p) }
