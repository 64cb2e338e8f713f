package table

import (
	"cmp"
	"slices"
	"strings"
)

// item is one row of a list.
type item[R any] struct {
	key    string
	row    *R
	folded string // what the filter looks at, in lower case
	shown  bool
	moved  bool // its place in the order is out of date
}

// List keeps rows in order while they change. Only rows whose place changes are
// moved: a change costs as much in a list of a hundred rows as in one of fifty
// thousand.
type List[R any] struct {
	items map[string]*item[R]
	all   []*item[R] // in order
	order []*item[R] // those of them that are shown
	byKey []*item[R] // all by their keys; nil: not in order yet

	text   func(*R) string // what the filter looks at
	keep   func(*R) bool   // nil: all rows
	column func(*R) Key    // nil: rows stay as they were given
	down   bool
	filter string
	parts  []string // of the filter, in lower case: rows contain all of them
	// terms takes a filter apart; nil: it is one part.
	terms func(filter string) []string

	cursor int
	newest string // key of the row that changed last
}

// NewList makes an empty list. Its filter looks at text, and rows are in the order
// of column; down turns it round.
func NewList[R any](text func(*R) string, column func(*R) Key, down bool) *List[R] {
	return &List[R]{items: map[string]*item[R]{}, text: text, column: column, down: down}
}

// before orders rows; the key decides where the column does not. Down is the
// whole order the other way round.
func (l *List[R]) before(a, b *item[R]) int {
	c := cmp.Or(l.column(a.row).compare(l.column(b.row)), strings.Compare(a.key, b.key))
	if l.down {
		return -c
	}
	return c
}

func (l *List[R]) passes(it *item[R]) bool {
	return (l.keep == nil || l.keep(it.row)) && l.matches(it)
}

// matches reports whether a row contains the filter.
func (l *List[R]) matches(it *item[R]) bool {
	if len(l.parts) > 0 && it.folded == "" {
		it.folded = strings.ToLower(l.text(it.row))
	}
	for _, part := range l.parts {
		if !strings.Contains(it.folded, part) {
			return false
		}
	}
	return true
}

// Size is the number of rows that are shown.
func (l *List[R]) Size() int { return len(l.order) }

// Total is the number of all rows.
func (l *List[R]) Total() int { return len(l.all) }

// At is one of the rows that are shown.
func (l *List[R]) At(i int) *R { return l.order[i].row }

// Row is the row with a key; nil: there is none.
func (l *List[R]) Row(key string) *R {
	if it := l.items[key]; it != nil {
		return it.row
	}
	return nil
}

// Each passes over all rows, in order.
func (l *List[R]) Each(yield func(*R) bool) {
	for _, it := range l.all {
		if !yield(it.row) {
			return
		}
	}
}

// Filter is the text that rows must contain.
func (l *List[R]) Filter() string { return l.filter }

// Replace puts rows in the place of all rows, in the order in which they are
// given.
func (l *List[R]) Replace(rows []R, key func(*R) string) {
	items := make([]item[R], len(rows))
	l.all = make([]*item[R], len(rows))
	for i := range rows {
		items[i] = item[R]{key: key(&rows[i]), row: &rows[i]}
		l.all[i] = &items[i]
	}
	l.rebuild()
}

// Scroll moves the first row of a page as little as it takes to have the cursor
// on it.
func (l *List[R]) Scroll(top, page int) int {
	top = max(min(top, l.cursor), l.cursor-page+1)
	return max(0, min(top, len(l.order)-page))
}

// Place is where the cursor is.
func (l *List[R]) Place() int { return l.cursor }

// GoToNewest puts the cursor on the row that has changed last.
func (l *List[R]) GoToNewest() { l.goTo(l.newest) }

// KeepOnly leaves out rows; nil: none.
func (l *List[R]) KeepOnly(keep func(*R) bool) {
	l.keep = keep
	l.rebuild()
}

// Current is the row under the cursor.
func (l *List[R]) Current() (key string, row *R) {
	if l.cursor < 0 || l.cursor >= len(l.order) {
		return "", nil
	}
	it := l.order[l.cursor]
	return it.key, it.row
}

// Apply takes over rows that are new or have changed, by key, and the keys of
// rows that are gone.
func (l *List[R]) Apply(set map[string]*R, gone []string) {
	if len(set)+len(gone) == 0 {
		return
	}
	at, _ := l.Current()
	leave, reshow := false, false
	var enter []*item[R]
	for key, row := range set {
		it := l.items[key]
		if it == nil {
			it = &item[R]{key: key}
			l.items[key] = it
		}
		old := it.row
		it.row, it.folded = row, strings.ToLower(l.text(row))
		l.newest = key
		if shown := l.passes(it); shown != it.shown {
			it.shown, reshow = shown, true
		}
		switch {
		case old == nil:
			enter = append(enter, it)
			l.byKey = nil
		case l.column(old) != l.column(row):
			it.moved, leave = true, true
			enter = append(enter, it)
		}
	}
	for _, key := range gone {
		if it := l.items[key]; it != nil {
			delete(l.items, key)
			l.byKey = nil
			it.moved, leave = true, true
		}
	}
	if leave {
		l.all = slices.DeleteFunc(l.all, func(it *item[R]) bool {
			out := it.moved
			it.moved = false
			return out
		})
	}
	l.merge(enter)
	if leave || reshow || len(enter) > 0 {
		l.show()
	}
	l.goTo(at)
}

// show chooses the rows that are shown, of all in their order.
func (l *List[R]) show() {
	if l.filter == "" && l.keep == nil {
		l.order = l.all
		return
	}
	order := make([]*item[R], 0, len(l.all))
	for _, it := range l.all {
		if it.shown {
			order = append(order, it)
		}
	}
	l.order = order
}

// merge puts rows into the order.
func (l *List[R]) merge(enter []*item[R]) {
	if len(enter) == 0 {
		return
	}
	slices.SortFunc(enter, l.before)
	old := len(l.all)
	l.all = append(l.all, enter...)
	// From the end, so that nothing is overwritten before it has been moved.
	for i, j, k := old-1, len(enter)-1, len(l.all)-1; j >= 0; k-- {
		if i >= 0 && l.before(l.all[i], enter[j]) > 0 {
			l.all[k] = l.all[i]
			i--
		} else {
			l.all[k] = enter[j]
			j--
		}
	}
}

// rebuild decides for every row anew whether it is shown.
func (l *List[R]) rebuild() {
	at, _ := l.Current()
	for _, it := range l.all {
		it.shown = l.passes(it)
	}
	l.show()
	l.goTo(at)
}

// SetFilter shows only rows that contain a text.
func (l *List[R]) SetFilter(filter string) {
	was, is := strings.ToLower(l.filter), strings.ToLower(filter)
	l.filter = filter
	switch {
	case is == "":
		l.parts = nil
	case l.terms != nil:
		l.parts = l.terms(is)
	default:
		l.parts = []string{is}
	}
	switch {
	case is == was:
	case strings.Contains(is, was) && len(l.order) < len(l.all):
		l.narrow()
	default:
		l.rebuild()
	}
}

// narrow shows those of the rows that are shown which contain a longer filter:
// no others can.
func (l *List[R]) narrow() {
	at, _ := l.Current()
	l.order = slices.DeleteFunc(l.order, func(it *item[R]) bool {
		it.shown = l.matches(it)
		return !it.shown
	})
	l.goTo(at)
}

// SortBy changes the order.
func (l *List[R]) SortBy(column func(*R) Key, down bool) {
	at, _ := l.Current()
	l.column, l.down = column, down
	if l.byKey == nil {
		l.byKey = inOrder(l.all, func(it *item[R]) Key { return Key{text: it.key} })
	}
	l.all = inOrder(l.byKey, func(it *item[R]) Key { return column(it.row) })
	if down {
		slices.Reverse(l.all)
	}
	l.show()
	l.goTo(at)
}

// Turn turns the order round.
func (l *List[R]) Turn() {
	at, _ := l.Current()
	l.down = !l.down
	slices.Reverse(l.all)
	l.show()
	l.goTo(at)
}

// goTo puts the cursor on a row; when it is not shown, the cursor stays where it
// was.
func (l *List[R]) goTo(key string) {
	l.cursor = max(0, min(l.cursor, len(l.order)-1))
	it := l.items[key]
	if it == nil || !it.shown {
		return
	}
	if i, found := slices.BinarySearchFunc(l.order, it, l.before); found {
		l.cursor = i
	}
}

// Move moves the cursor.
func (l *List[R]) Move(by int) { l.cursor = max(0, min(l.cursor+by, len(l.order)-1)) }
