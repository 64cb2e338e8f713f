package widget

import (
	"fmt"
	"slices"
	"strings"

	"podsg/ui/theme"
)

// Cell is one cell of a table.
type Cell struct {
	Text string
	Tone theme.Tone
}

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

// Column is one column of a table. It is as wide as its texts, between Min and
// Max; what is left over goes to the columns that Grow.
type Column struct {
	Title string
	Min   int
	Max   int // 0: no limit
	Grow  bool
	Right bool
	// Optional columns are left out, last first, when the table is too narrow.
	Optional bool
}

// Table is a list of rows with a cursor and a filter. It draws the visible rows
// only, so that its cost does not depend on how many rows there are.
type Table struct {
	columns []Column
	rows    []Row
	natural []int // width of each column's widest text

	folded []string // lower-case text of each row, made when first filtered
	shown  []int    // indices of rows that pass the filter; nil: all
	filter string
	typing bool // the filter is being typed

	cursor, top int
	page        int // rows on screen when last drawn
	spells      bool
}

// measured is how many rows are looked at for the width of the columns.
const measured = 500

// NewTable makes an empty table.
func NewTable(columns ...Column) *Table {
	return &Table{columns: columns, natural: make([]int, len(columns)), page: 10}
}

// SetRows replaces the rows. The cursor stays on the row with its key.
func (t *Table) SetRows(rows []Row) {
	key, _ := t.CurrentKey()
	filter := t.filter
	t.rows, t.folded, t.shown, t.filter = rows, nil, nil, ""
	for c, column := range t.columns {
		w := Width(column.Title)
		for _, r := range rows[:min(len(rows), measured)] {
			if c < len(r.Cells) {
				w = max(w, Width(r.Cells[c].Text))
			}
		}
		t.natural[c] = w
	}
	t.SetFilter(filter)
	t.SelectKey(key)
	t.clamp()
}

// Len is the number of rows that pass the filter.
func (t *Table) Len() int {
	if t.filter == "" {
		return len(t.rows)
	}
	return len(t.shown)
}

// Total is the number of rows.
func (t *Table) Total() int { return len(t.rows) }

// Rows returns all rows, in their order.
func (t *Table) Rows() []Row { return t.rows }

func (t *Table) row(i int) *Row {
	if t.filter != "" {
		i = t.shown[i]
	}
	return &t.rows[i]
}

// Current returns the row under the cursor.
func (t *Table) Current() (Row, bool) {
	if t.cursor < 0 || t.cursor >= t.Len() {
		return Row{}, false
	}
	return *t.row(t.cursor), true
}

// CurrentKey returns the key of the row under the cursor.
func (t *Table) CurrentKey() (string, bool) {
	r, ok := t.Current()
	return r.Key, ok
}

// SelectKey puts the cursor on the row with a key, if it is shown.
func (t *Table) SelectKey(key string) bool {
	if key == "" {
		return false
	}
	for i := range t.Len() {
		if t.row(i).Key == key {
			t.cursor = i
			t.clamp()
			return true
		}
	}
	return false
}

// SelectFirstEnabled puts the cursor on the first row that can be chosen.
func (t *Table) SelectFirstEnabled() {
	for i := range t.Len() {
		if t.row(i).Disabled == "" {
			t.cursor = i
			t.clamp()
			return
		}
	}
}

// Move moves the cursor by rows.
func (t *Table) Move(by int) {
	t.cursor += by
	t.clamp()
}

// MovePage moves the cursor by screens.
func (t *Table) MovePage(by int) { t.Move(by * max(1, t.page-1)) }

// Home puts the cursor on the first row, End on the last.
func (t *Table) Home() { t.cursor = 0; t.clamp() }

// End puts the cursor on the last row.
func (t *Table) End() { t.cursor = t.Len() - 1; t.clamp() }

func (t *Table) clamp() {
	t.cursor = max(0, min(t.cursor, t.Len()-1))
	if t.cursor < t.top {
		t.top = t.cursor
	}
	if t.cursor >= t.top+t.page {
		t.top = t.cursor - t.page + 1
	}
	t.top = max(0, min(t.top, t.Len()-t.page))
}

// Filter is the text that rows must contain.
func (t *Table) Filter() string { return t.filter }

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
	t.SetFilter(t.filter + FirstLine(text))
}

// Backspace takes the last character off the filter. On an empty filter it
// ends typing.
func (t *Table) Backspace() {
	if t.filter == "" {
		t.typing = false
		return
	}
	runes := []rune(t.filter)
	t.SetFilter(string(runes[:len(runes)-1]))
}

// SetFilter shows the rows that contain every word of a text, in any case. A
// filter that only got longer looks at the rows that are still shown.
func (t *Table) SetFilter(filter string) {
	if filter == t.filter {
		return
	}
	t.fold()
	words := strings.Fields(strings.ToLower(filter))
	narrower := t.filter != "" && strings.HasPrefix(filter, t.filter)
	matches := func(i int) bool {
		for _, w := range words {
			if !strings.Contains(t.folded[i], w) {
				return false
			}
		}
		return true
	}
	if narrower {
		t.shown = slices.DeleteFunc(t.shown, func(i int) bool { return !matches(i) })
	} else {
		t.shown = make([]int, 0, len(t.rows))
		for i := range t.rows {
			if matches(i) {
				t.shown = append(t.shown, i)
			}
		}
	}
	t.filter, t.cursor, t.top = filter, 0, 0
	t.clamp()
}

func (t *Table) fold() {
	if t.folded != nil {
		return
	}
	t.folded = make([]string, len(t.rows))
	var b strings.Builder
	for i, r := range t.rows {
		b.Reset()
		for _, c := range r.Cells {
			b.WriteString(c.Text)
			b.WriteByte(' ')
		}
		b.WriteString(r.Disabled)
		b.WriteByte(' ')
		b.WriteString(r.Group)
		t.folded[i] = strings.ToLower(b.String())
	}
}

// Status says in words how many rows there are and what the filter does.
func (t *Table) Status() string {
	position := ""
	if t.Len() > t.page && t.Len() > 0 {
		position = fmt.Sprintf("row %d of ", t.cursor+1)
	}
	switch {
	case t.filter != "":
		return fmt.Sprintf("%s%d shown, %d in all", position, t.Len(), len(t.rows))
	case position != "":
		return fmt.Sprintf("%s%d", position, len(t.rows))
	default:
		return ""
	}
}
