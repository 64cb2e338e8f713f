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
	order []*item[R] // the rows that are shown

	text    func(*R) string // what the filter looks at
	keep    func(*R) bool   // nil: all rows
	compare func(a, b *R) int
	filter  string // in lower case

	cursor int
	newest string // key of the row that changed last
}

func newList[R any](text func(*R) string, compare func(a, b *R) int) *list[R] {
	return &list[R]{items: map[string]*item[R]{}, text: text, compare: compare}
}

// before orders rows; the key decides where the columns do not.
func (l *list[R]) before(a, b *item[R]) int {
	if c := l.compare(a.row, b.row); c != 0 {
		return c
	}
	return strings.Compare(a.key, b.key)
}

func (l *list[R]) passes(it *item[R]) bool {
	return (l.keep == nil || l.keep(it.row)) && strings.Contains(it.folded, l.filter)
}

// current is the row under the cursor.
func (l *list[R]) current() (key string, row *R) {
	if l.cursor < 0 || l.cursor >= len(l.order) {
		return "", nil
	}
	it := l.order[l.cursor]
	return it.key, it.row
}

// apply takes changes over.
func (l *list[R]) apply(d Delta[R]) {
	if len(d.Set)+len(d.Gone) == 0 {
		return
	}
	at, _ := l.current()
	leaves := false
	var enter []*item[R]
	for key, row := range d.Set {
		it := l.items[key]
		if it == nil {
			it = &item[R]{key: key}
			l.items[key] = it
		}
		old := it.row
		it.row, it.folded = row, strings.ToLower(l.text(row))
		l.newest = key
		shown := l.passes(it)
		if it.shown && shown && l.compare(old, row) == 0 {
			continue
		}
		if it.shown {
			it.moved, leaves = true, true
		}
		if it.shown = shown; shown {
			enter = append(enter, it)
		}
	}
	for _, key := range d.Gone {
		if it := l.items[key]; it != nil {
			delete(l.items, key)
			it.moved, leaves = it.shown, leaves || it.shown
		}
	}
	if leaves {
		l.order = slices.DeleteFunc(l.order, func(it *item[R]) bool {
			out := it.moved
			it.moved = false
			return out
		})
	}
	l.merge(enter)
	l.goTo(at)
}

// merge puts rows into the order.
func (l *list[R]) merge(enter []*item[R]) {
	if len(enter) == 0 {
		return
	}
	slices.SortFunc(enter, l.before)
	old := len(l.order)
	l.order = append(l.order, enter...)
	// From the end, so that nothing is overwritten before it has been moved.
	for i, j, k := old-1, len(enter)-1, len(l.order)-1; j >= 0; k-- {
		if i >= 0 && l.before(l.order[i], enter[j]) > 0 {
			l.order[k] = l.order[i]
			i--
		} else {
			l.order[k] = enter[j]
			j--
		}
	}
}

// rebuild chooses the rows that are shown anew.
func (l *list[R]) rebuild() {
	at, _ := l.current()
	l.order = l.order[:0]
	for _, it := range l.items {
		if it.shown = l.passes(it); it.shown {
			l.order = append(l.order, it)
		}
	}
	slices.SortFunc(l.order, l.before)
	l.goTo(at)
}

// setFilter shows only rows that contain a text. A longer filter shows some of
// the rows that are shown already.
func (l *list[R]) setFilter(filter string) {
	filter = strings.ToLower(filter)
	if filter == l.filter {
		return
	}
	narrower := strings.Contains(filter, l.filter)
	l.filter = filter
	if !narrower {
		l.rebuild()
		return
	}
	at, _ := l.current()
	l.order = slices.DeleteFunc(l.order, func(it *item[R]) bool {
		it.shown = l.passes(it)
		return !it.shown
	})
	l.goTo(at)
}

// sortBy changes the order.
func (l *list[R]) sortBy(compare func(a, b *R) int) {
	at, _ := l.current()
	l.compare = compare
	slices.SortFunc(l.order, l.before)
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

// reverse turns an order round.
func reverse[R any](compare func(a, b *R) int) func(a, b *R) int {
	return func(a, b *R) int { return compare(b, a) }
}

// by orders rows by a value.
func by[R any, V cmp.Ordered](value func(*R) V) func(a, b *R) int {
	return func(a, b *R) int { return cmp.Compare(value(a), value(b)) }
}
