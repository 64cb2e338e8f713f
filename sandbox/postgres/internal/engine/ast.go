package engine

// A statement is one parsed SQL command.
type statement interface{}

type (
	selectStatement struct {
		items   []selectItem
		from    *relation // nil without FROM
		alias   string
		where   node
		orderBy []orderItem
		limit   node
		offset  node
	}
	selectItem struct {
		star   bool
		value  node
		alias  string
		offset int
	}
	orderItem struct {
		value      node
		descending bool
		nullsFirst bool
	}

	insertStatement struct {
		table   relation
		columns []identifier // nil: all columns in their order
		rows    [][]node     // a nil node is DEFAULT; no rows at all is DEFAULT VALUES
	}
	updateStatement struct {
		table relation
		set   []assignment
		where node
	}
	assignment struct {
		column identifier
		value  node // nil is DEFAULT
	}
	deleteStatement struct {
		table relation
		where node
	}
	truncateStatement struct{ tables []relation }

	createTableStatement struct {
		table       relation
		ifNotExists bool
		columns     []columnDefinition
		primaryKey  []identifier
	}
	columnDefinition struct {
		name         identifier
		typ          typeName
		notNull      bool
		primaryKey   bool
		unique       bool
		serial       bool
		defaultValue node
	}
	dropTableStatement struct {
		tables   []relation
		ifExists bool
	}

	beginStatement struct {
		tag      string
		readOnly bool
	}
	commitStatement   struct{}
	rollbackStatement struct{}

	setStatement struct {
		name   identifier
		value  string
		toDflt bool // SET x TO DEFAULT, RESET x
		tag    string
	}
	showStatement struct{ name identifier }

	// deallocateStatement has no effect here: the wire protocol's layer owns prepared statements.
	deallocateStatement struct{ name string }

	// catalogStatement is one of the queries psql's own commands send.
	catalogStatement struct{ query catalogQuery }
)

type identifier struct {
	name   string
	offset int
}

// relation names a table, optionally in a schema.
type relation struct {
	schema string
	name   string
	offset int
}

// display is the name as error messages quote it.
func (r relation) display() string {
	if r.schema != "" {
		return r.schema + "." + r.name
	}
	return r.name
}

// A node is an expression as parsed.
type node interface{ start() int }

type (
	literal struct {
		value  Value
		typ    Type
		offset int
	}
	parameter struct {
		number int // 1 for $1
		offset int
	}
	columnRef struct {
		table  string
		name   string
		offset int
	}
	call struct {
		name   string
		args   []node
		star   bool
		offset int
	}
	unary struct {
		operator string // "-", "not"
		operand  node
		offset   int
	}
	binaryOp struct {
		operator    string
		left, right node
		offset      int // of the operator
	}
	isNull struct {
		operand node
		negated bool
		offset  int
	}
	inList struct {
		operand node
		list    []node
		negated bool
		offset  int
	}
	cast struct {
		operand node
		typ     typeName
	}
)

func (n literal) start() int   { return n.offset }
func (n parameter) start() int { return n.offset }
func (n columnRef) start() int { return n.offset }
func (n call) start() int      { return n.offset }
func (n unary) start() int     { return n.offset }
func (n binaryOp) start() int  { return n.left.start() }
func (n isNull) start() int    { return n.operand.start() }
func (n inList) start() int    { return n.operand.start() }
func (n cast) start() int      { return n.operand.start() }
