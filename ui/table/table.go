package table

import (
	"fmt"
	"strings"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// Row is one row of a table.
type Row struct {
	// Key identifies the row when the rows are replaced, so that the cursor
	// stays on it.
	Key   string
	Cells []Cell
	// Disabled says why the row cannot be chosen; empty: it can.
	Disabled string
	// Group is the heading above the row and those after it that have the same;
	// empty: none.
	Group string
}

// RowColumn is a column of a [Table], whose cells are those of its rows.
type RowColumn = Column[Row]

// Table is a list of rows with a cursor and a filter, to choose one of: all its
// columns are on the screen. It draws the visible rows only, so that its cost
// does not depend on how many rows there are.
type Table struct {
	columns []RowColumn
	rows    *List[Row]
	natural []int // width of each column's widest text
	typing  bool  // the filter is being typed
	top     int
	page    int // rows on screen when last drawn
	spells  bool
}

// measured is how many rows are looked at for the width of the columns.
const measured = 500

// New makes an empty table.
func New(columns ...RowColumn) *Table {
	for i := range columns {
		columns[i].Cell = func(r *Row) Cell { return r.cell(i) }
	}
	rows := &List[Row]{text: (*Row).text, terms: strings.Fields}
	return &Table{columns: columns, rows: rows, natural: make([]int, len(columns)), page: 10}
}

// cell is the cell of a column. A row that cannot be chosen is muted, but for
// what is wrong with it.
func (r *Row) cell(i int) Cell {
	var c Cell
	if i < len(r.Cells) {
		c = r.Cells[i]
	}
	if r.Disabled != "" && c.Tone != theme.Bad && c.Tone != theme.Warn {
		c.Tone = theme.Muted
	}
	return c
}

// text is what the filter looks at.
func (r *Row) text() string {
	var b strings.Builder
	for _, c := range r.Cells {
		b.WriteString(c.Text)
		b.WriteByte(' ')
	}
	b.WriteString(r.Disabled)
	b.WriteByte(' ')
	b.WriteString(r.Group)
	return b.String()
}

// SetRows replaces the rows. The cursor stays on the row with its key.
func (t *Table) SetRows(rows []Row) {
	key, _ := t.CurrentKey()
	for c, column := range t.columns {
		w := widget.Width(column.Title)
		for _, r := range rows[:min(len(rows), measured)] {
			if c < len(r.Cells) {
				w = max(w, widget.Width(r.Cells[c].Text))
			}
		}
		t.natural[c] = w
	}
	t.rows.Replace(rows, func(r *Row) string { return r.Key })
	if t.Filter() != "" {
		t.rows.cursor, t.top = 0, 0
	}
	t.SelectKey(key)
	t.clamp()
}

// Len is the number of rows that pass the filter.
func (t *Table) Len() int { return t.rows.Size() }

// Total is the number of rows.
func (t *Table) Total() int { return t.rows.Total() }

// Each passes over all rows, in their order.
func (t *Table) Each(yield func(*Row) bool) { t.rows.Each(yield) }

// Current returns the row under the cursor.
func (t *Table) Current() (Row, bool) {
	if _, r := t.rows.Current(); r != nil {
		return *r, true
	}
	return Row{}, false
}

// CurrentKey returns the key of the row under the cursor.
func (t *Table) CurrentKey() (string, bool) {
	r, ok := t.Current()
	return r.Key, ok
}

// SelectKey puts the cursor on the row with a key, if it is shown.
func (t *Table) SelectKey(key string) bool {
	return key != "" && t.selectFirst(func(r *Row) bool { return r.Key == key })
}

// SelectFirstEnabled puts the cursor on the first row that can be chosen.
func (t *Table) SelectFirstEnabled() {
	t.selectFirst(func(r *Row) bool { return r.Disabled == "" })
}

func (t *Table) selectFirst(wanted func(*Row) bool) bool {
	for i := range t.Len() {
		if wanted(t.rows.At(i)) {
			t.rows.cursor = i
			t.clamp()
			return true
		}
	}
	return false
}

// Move moves the cursor by rows.
func (t *Table) Move(by int) {
	t.rows.Move(by)
	t.clamp()
}

// MovePage moves the cursor by screens.
func (t *Table) MovePage(by int) { t.Move(by * max(1, t.page-1)) }

// Home puts the cursor on the first row, End on the last.
func (t *Table) Home() { t.Move(-t.Len()) }

// End puts the cursor on the last row.
func (t *Table) End() { t.Move(t.Len()) }

// clamp scrolls so that the cursor is on the screen.
func (t *Table) clamp() { t.top = t.rows.Scroll(t.top, t.page) }

// Filter is the text that rows must contain.
func (t *Table) Filter() string { return t.rows.Filter() }

// Typing reports whether keys go to the filter.
func (t *Table) Typing() bool { return t.typing }

// StartTyping makes keys go to the filter.
func (t *Table) StartTyping() { t.typing = true }

// StopTyping ends typing and keeps the filter.
func (t *Table) StopTyping() { t.typing = false }

// ClearFilter shows all rows again and keeps the cursor on its row.
func (t *Table) ClearFilter() {
	key, _ := t.CurrentKey()
	t.typing = false
	t.SetFilter("")
	t.SelectKey(key)
}

// Type appends to the filter what was typed or pasted.
func (t *Table) Type(text string) {
	t.SetFilter(t.Filter() + widget.FirstLine(text))
}

// Backspace takes the last character off the filter. On an empty filter it
// ends typing.
func (t *Table) Backspace() {
	if t.Filter() == "" {
		t.typing = false
		return
	}
	runes := []rune(t.Filter())
	t.SetFilter(string(runes[:len(runes)-1]))
}

// SetFilter shows the rows that contain every word of a text, in any case, and
// puts the cursor on the first of them.
func (t *Table) SetFilter(filter string) {
	if filter == t.Filter() {
		return
	}
	t.rows.SetFilter(filter)
	t.rows.cursor, t.top = 0, 0
}

// Status says in words how many rows there are and what the filter does.
func (t *Table) Status() string {
	position := ""
	if t.Len() > t.page && t.Len() > 0 {
		position = fmt.Sprintf("row %d of ", t.rows.cursor+1)
	}
	switch {
	case t.Filter() != "":
		return fmt.Sprintf("%s%d shown, %d in all", position, t.Len(), t.Total())
	case position != "":
		return fmt.Sprintf("%s%d", position, t.Total())
	default:
		return ""
	}
}
