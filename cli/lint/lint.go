// Package lint judges manifests before they are applied: what would go wrong with
// the security groups of their pods, by the files alone or against a cluster.
package lint

import (
	"cmp"
	"slices"

	"podsg/steps/say"
	"podsg/steps/world"
)

// Level is how bad a finding is.
type Level string

// The levels.
const (
	Error   Level = "error"   // it cannot work as written
	Warning Level = "warning" // it may not do what is meant
)

// Finding is what a rule says of an object.
type Finding struct {
	Rule   string   `json:"rule"` // id of the rule, such as L01
	Level  Level    `json:"level"`
	File   string   `json:"file"`
	Line   int      `json:"line"` // where the object, or the field, begins
	Object string   `json:"object"`
	Reason say.Text `json:"reason"`
	Fix    say.Text `json:"fix"`
}

// Rule is one thing that is looked at.
type Rule struct {
	ID    string
	Title string // what holds where it finds nothing
	look  func(*judgement)
}

// Rules lists the rules, in the order of their ids.
func Rules() []Rule { return slices.Clone(rules) }

// judgement is what a rule sees, and where it reports.
type judgement struct {
	*Manifests
	// cluster is what the files will be applied to; nil: not known.
	cluster *world.Snapshot
	rule    string
	found   []Finding
}

func (j *judgement) report(level Level, o *Object, line int, reason, fix say.Text) {
	j.found = append(j.found, Finding{
		Rule: j.rule, Level: level, File: o.File, Line: cmp.Or(line, o.Line), Object: o.String(), Reason: reason, Fix: fix,
	})
}

// Judge runs every rule on manifests, against a cluster where one is given.
// Findings are in the order of the files.
func Judge(m *Manifests, cluster *world.Snapshot) []Finding {
	j := &judgement{Manifests: m, cluster: cluster, found: []Finding{}}
	for _, r := range rules {
		j.rule = r.ID
		r.look(j)
	}
	slices.SortStableFunc(j.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(m.order[a.File], m.order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule))
	})
	return j.found
}
