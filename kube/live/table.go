package live

import (
	"slices"

	"podsg/kube/live/rows"
)

// table keeps the newest row of each key, and what of it has not been taken.
type table[R any] struct {
	rows    map[string]*R
	changed map[string]struct{} // keys whose row was not taken since it changed
	synced  bool
	trouble troubles
}

func newTable[R any]() *table[R] {
	return &table[R]{rows: map[string]*R{}, changed: map[string]struct{}{}, trouble: troubles{}}
}

func (t *table[R]) set(key string, row *R) {
	t.rows[key] = row
	t.changed[key] = struct{}{}
}

func (t *table[R]) delete(key string) {
	if _, there := t.rows[key]; there {
		delete(t.rows, key)
		t.changed[key] = struct{}{}
	}
}

// take returns what has changed, and forgets it.
func (t *table[R]) take() rows.Delta[R] {
	d := rows.Delta[R]{Set: make(map[string]*R, len(t.changed)), Synced: t.synced, Trouble: t.trouble.String()}
	for key := range t.changed {
		if row, there := t.rows[key]; there {
			d.Set[key] = row
		} else {
			d.Gone = append(d.Gone, key)
		}
	}
	slices.Sort(d.Gone)
	t.changed = map[string]struct{}{}
	return d
}
