// Package plan has changes and their graph, the run that carries them out, and the
// interfaces through which it reaches AWS, Kubernetes and the database.
package plan

import (
	"fmt"
	"slices"
	"time"

	"podsg/steps/effects"
	"podsg/steps/world"
)

// Plan is what will be done: changes in the order of the procedure, each with
// the ids of those that it needs first. Apart from that order they are
// independent, and a runner carries them out at the same time.
type Plan struct {
	Cluster string
	Region  string // of the cluster; empty: the one that the reader's tools take
	Changes []Change
	// WhatElseChanges are connections of the user's pods that end with the groups
	// of their nodes, unless what was decided keeps them.
	WhatElseChanges []effects.Flow
	// Kept says, for a plan of cleanup, what is left and why.
	Kept []Kept
	// Notes say what is left out without having been told to, a sentence each.
	Notes []string
}

// Kept is an object that cleanup leaves, with the reason.
type Kept struct {
	Kind   world.Kind `json:"kind"`
	ID     string     `json:"id"`
	Reason string     `json:"reason"`
}

// Add appends a change. Needs that name no change of the plan are dropped: what
// they stand for is already so.
func (p *Plan) Add(c Change) {
	c.Needs = slices.DeleteFunc(slices.Clone(c.Needs), func(id string) bool {
		_, found := p.Change(id)
		return id == "" || !found
	})
	slices.Sort(c.Needs)
	c.Needs = slices.Compact(c.Needs)
	p.Changes = append(p.Changes, c)
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// Change returns the change with an id.
func (p *Plan) Change(id string) (Change, bool) {
	for _, c := range p.Changes {
		if c.ID == id {
			return c, true
		}
	}
	return Change{}, false
}

// Validate checks that ids are unique and that every need is planned before
// the change that has it, so that the graph has no cycle.
func (p *Plan) Validate() error {
	seen := map[string]bool{}
	for _, c := range p.Changes {
		if seen[c.ID] {
			return fmt.Errorf("plan has two changes with id %q", c.ID)
		}
		for _, need := range c.Needs {
			if !seen[need] {
				return fmt.Errorf("change %q needs %q, which is not planned before it", c.ID, need)
			}
		}
		seen[c.ID] = true
	}
	return nil
}

// USDPerMonth is what the plan's new objects cost a month.
func (p *Plan) USDPerMonth() float64 {
	var sum float64
	for _, c := range p.Changes {
		if c.Bills != nil {
			sum += c.Bills.USDPerMonth
		}
	}
	return sum
}

// Expected is how long the plan usually takes: the longest chain of needs.
func (p *Plan) Expected() time.Duration {
	ends := map[string]time.Duration{}
	var longest time.Duration
	for _, c := range p.Changes {
		var start time.Duration
		for _, need := range c.Needs {
			start = max(start, ends[need])
		}
		ends[c.ID] = start + max(c.Expected, time.Second)
		longest = max(longest, ends[c.ID])
	}
	return longest
}

func (p *Plan) Has(id string) bool {
	_, ok := p.Change(id)
	return ok
}
