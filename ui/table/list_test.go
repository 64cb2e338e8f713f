package table

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"podsg/kube/live/rows"
)

type thing struct {
	name  string
	value int
}

func byValue(x *thing) Key { return IntKey(x.value) }

// TestAListIsInOrderWhateverHappensToIt compares a list that moves what has
// changed with one that is made anew each time.
func TestAListIsInOrderWhateverHappensToIt(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := NewList(func(x *thing) string { return x.name }, byValue, false)
		down := false
		all := map[string]*thing{}
		for step := range 200 {
			d := rows.Delta[thing]{Set: map[string]*thing{}}
			for range random.IntN(12) {
				key := fmt.Sprint("thing-", random.IntN(60))
				if _, there := all[key]; there && random.IntN(4) == 0 {
					if _, set := d.Set[key]; !set {
						d.Gone = append(d.Gone, key)
						delete(all, key)
					}
					continue
				}
				if slices.Contains(d.Gone, key) {
					continue
				}
				d.Set[key] = &thing{key, random.IntN(8)}
				all[key] = d.Set[key]
			}
			before, _ := l.Current()
			l.Apply(d.Set, d.Gone)
			if at, _ := l.Current(); before != "" && all[before] != nil && l.passes(l.items[before]) && at != before {
				t.Fatalf("seed %d, step %d: the cursor went from %q to %q", seed, step, before, at)
			}
			switch random.IntN(10) {
			case 0:
				l.SetFilter([]string{"", "1", "THING-2", "thing-2", "nothing"}[random.IntN(5)])
			case 5:
				l.SetFilter(l.filter + []string{"", "1", "THING-", "2"}[random.IntN(4)])
			case 1:
				if down = !down; random.IntN(2) == 0 {
					l.Turn()
				} else {
					l.SortBy(byValue, down)
				}
			case 2:
				l.keep = func(x *thing) bool { return x.value != 3 }
				l.rebuild()
			case 3:
				l.keep = nil
				l.rebuild()
			case 4:
				l.Move(random.IntN(20) - 10)
			}
			var want []string
			for key, x := range all {
				if strings.Contains(strings.ToLower(x.name), strings.ToLower(l.filter)) && (l.keep == nil || l.keep(x)) {
					want = append(want, key)
				}
			}
			slices.SortFunc(want, func(a, b string) int {
				c := cmp.Or(cmp.Compare(all[a].value, all[b].value), cmp.Compare(a, b))
				if down {
					return -c
				}
				return c
			})
			var got []string
			for _, it := range l.order {
				got = append(got, it.key)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, step %d:\ngot  %v\nwant %v", seed, step, got, want)
			}
		}
	}
}
