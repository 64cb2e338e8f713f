package panes

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

// list keeps rows in order while they change. Only rows whose place changes are
// moved: a change costs as much in a list of a hundred rows as in one of fifty
// thousand.
type list[R any] struct {
	items map[string]*item[R]
	all   []*item[R] // in order
	order []*item[R] // those of them that are shown
	byKey []*item[R] // all by their keys; nil: not in order yet

	text   func(*R) string // what the filter looks at
	keep   func(*R) bool   // nil: all rows
	column func(*R) sortKey
	down   bool
	filter string // in lower case

	cursor int
	newest string // key of the row that changed last
}

func newList[R any](text func(*R) string, column func(*R) sortKey, down bool) *list[R] {
	return &list[R]{items: map[string]*item[R]{}, text: text, column: column, down: down}
}

// before orders rows; the key decides where the column does not. Down is the
// whole order the other way round.
func (l *list[R]) before(a, b *item[R]) int {
	c := cmp.Or(l.column(a.row).compare(l.column(b.row)), strings.Compare(a.key, b.key))
	if l.down {
		return -c
	}
	return c
}

func (l *list[R]) passes(it *item[R]) bool {
	return (l.keep == nil || l.keep(it.row)) && strings.Contains(it.folded, l.filter)
}

// size is the number of rows that are shown, total that of all rows.
func (l *list[R]) size() int  { return len(l.order) }
func (l *list[R]) total() int { return len(l.all) }

// at is one of the rows that are shown.
func (l *list[R]) at(i int) *R { return l.order[i].row }

// row is the row with a key; nil: there is none.
func (l *list[R]) row(key string) *R {
	if it := l.items[key]; it != nil {
		return it.row
	}
	return nil
}

// each passes over all rows, in order.
func (l *list[R]) each(yield func(*R) bool) {
	for _, it := range l.all {
		if !yield(it.row) {
			return
		}
	}
}

// place is where the cursor is.
func (l *list[R]) place() int { return l.cursor }

// goToNewest puts the cursor on the row that has changed last.
func (l *list[R]) goToNewest() { l.goTo(l.newest) }

// keepOnly leaves out rows; nil: none.
func (l *list[R]) keepOnly(keep func(*R) bool) {
	l.keep = keep
	l.rebuild()
}

// current is the row under the cursor.
func (l *list[R]) current() (key string, row *R) {
	if l.cursor < 0 || l.cursor >= len(l.order) {
		return "", nil
	}
	it := l.order[l.cursor]
	return it.key, it.row
}

// apply takes over rows that are new or have changed, by key, and the keys of
// rows that are gone.
func (l *list[R]) apply(set map[string]*R, gone []string) {
	if len(set)+len(gone) == 0 {
		return
	}
	at, _ := l.current()
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
func (l *list[R]) show() {
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
func (l *list[R]) merge(enter []*item[R]) {
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
func (l *list[R]) rebuild() {
	at, _ := l.current()
	for _, it := range l.all {
		it.shown = l.passes(it)
	}
	l.show()
	l.goTo(at)
}

// setFilter shows only rows that contain a text.
func (l *list[R]) setFilter(filter string) {
	filter = strings.ToLower(filter)
	narrower := strings.Contains(filter, l.filter)
	switch {
	case filter == l.filter:
	case narrower && len(l.order) < len(l.all):
		l.filter = filter
		l.narrow()
	default:
		l.filter = filter
		l.rebuild()
	}
}

// narrow shows those of the rows that are shown which contain a longer filter:
// no others can.
func (l *list[R]) narrow() {
	at, _ := l.current()
	l.order = slices.DeleteFunc(l.order, func(it *item[R]) bool {
		it.shown = strings.Contains(it.folded, l.filter)
		return !it.shown
	})
	l.goTo(at)
}

// sortBy changes the order.
func (l *list[R]) sortBy(column func(*R) sortKey, down bool) {
	at, _ := l.current()
	l.column, l.down = column, down
	if l.byKey == nil {
		l.byKey = inOrder(l.all, func(it *item[R]) sortKey { return sortKey{text: it.key} })
	}
	l.all = inOrder(l.byKey, func(it *item[R]) sortKey { return column(it.row) })
	if down {
		slices.Reverse(l.all)
	}
	l.show()
	l.goTo(at)
}

// turn turns the order round.
func (l *list[R]) turn() {
	at, _ := l.current()
	l.down = !l.down
	slices.Reverse(l.all)
	l.show()
	l.goTo(at)
}

// goTo puts the cursor on a row; when it is not shown, the cursor stays where it
// was.
func (l *list[R]) goTo(key string) {
	l.cursor = max(0, min(l.cursor, len(l.order)-1))
	it := l.items[key]
	if it == nil || !it.shown {
		return
	}
	if i, found := slices.BinarySearchFunc(l.order, it, l.before); found {
		l.cursor = i
	}
}

// move moves the cursor.
func (l *list[R]) move(by int) { l.cursor = max(0, min(l.cursor+by, len(l.order)-1)) }
