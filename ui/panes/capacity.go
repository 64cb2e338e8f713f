package panes

import (
	"podsg/kube/live/rows"
	"podsg/ui/table"
)

// capacity is how many branch ENIs the cluster's nodes have, can take, and wait
// to be rid of. It is kept up as rows change, instead of being summed up over
// thousands of nodes ten times a second.
type capacity struct {
	used, limit, cooling int
	facts                *facts // that cooling was counted with
}

// add counts a node; by is 1, or -1 to take it out again.
func (c *capacity) add(n *rows.Node, by int) {
	c.used += by * n.Branches
	c.limit += by * n.Limit
	c.cooling += by * c.facts.cooling(n)
}

// take brings the sums up to date with changes that the rows have not taken yet.
func (c *capacity) take(known *table.List[rows.Node], d rows.Delta[rows.Node]) {
	for key, row := range d.Set {
		if old := known.Row(key); old != nil {
			c.add(old, -1)
		}
		c.add(row, 1)
	}
	for _, key := range d.Gone {
		if row := d.Set[key]; row != nil {
			c.add(row, -1)
		} else if old := known.Row(key); old != nil {
			c.add(old, -1)
		}
	}
}

// recount sums up anew, with what EC2 tells now.
func (c *capacity) recount(known *table.List[rows.Node], f *facts) {
	*c = capacity{facts: f}
	for row := range known.Each {
		c.add(row, 1)
	}
}
