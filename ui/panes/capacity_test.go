package panes

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"podsg/kube/live/rows"
	"podsg/ui/table"
)

func TestTheCapacityIsTheSumOfTheNodesWhateverHappensToThem(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := table.NewList(func(n *rows.Node) string { return n.Name }, func(n *rows.Node) table.Key { return table.TextKey(n.Name) }, false)
	known := newFacts()
	c := capacity{facts: known}
	for step := range 300 {
		d := rows.Delta[rows.Node]{Set: map[string]*rows.Node{}}
		for range random.IntN(6) {
			n := aNode(random.IntN(30))
			n.Branches, n.Limit = random.IntN(9), 9*random.IntN(2)
			switch {
			case slices.Contains(d.Gone, n.Name): // a change tells of a row once
			case d.Set[n.Name] == nil && random.IntN(4) == 0:
				d.Gone = append(d.Gone, n.Name)
			default:
				d.Set[n.Name] = n
			}
		}
		c.take(all, d)
		all.Apply(d.Set, d.Gone)
		if step%50 == 49 {
			known = newFacts()
			for i := range 30 {
				n := aNode(i)
				known.trunks[n.InstanceID] = fmt.Sprint("eni-", i)
				known.branches[fmt.Sprint("eni-", i)] = make([]string, random.IntN(12))
			}
			c.recount(all, known)
		}
		var want capacity
		want.recount(all, known)
		if c != want {
			t.Fatalf("step %d: %+v, want %+v", step, c, want)
		}
	}
}
