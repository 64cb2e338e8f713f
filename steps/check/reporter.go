package check

import (
	"slices"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// Reporter is a run in which a function reports findings of several checks by
// hand, in between those that run by themselves: one that follows a pod, say.
type Reporter struct {
	run   *run
	order []string // the checks that were reported, by id
}

// NewReporter starts such a run. The checks are those whose findings others may
// ask for; they run when they are asked for, and are not reported.
func NewReporter(checks []Check) *Reporter {
	return &Reporter{run: &run{checks: slices.Clone(checks), found: map[string][]Finding{}}}
}

// For is where a function reports findings of a check by hand.
func (r *Reporter) For(c Check, s *world.Snapshot, t *intent.Target) *Context {
	if _, ran := r.run.found[c.ID]; !ran {
		r.run.found[c.ID] = nil
	}
	r.report(c)
	return &Context{Snapshot: s, Target: t, check: c, run: r.run}
}

// Run runs checks and reports what they find.
func (r *Reporter) Run(checks []Check, s *world.Snapshot, t *intent.Target) {
	for _, c := range checks {
		r.report(c)
	}
	for _, c := range checks {
		r.run.findings(c, s, t)
	}
}

func (r *Reporter) report(c Check) {
	if !slices.Contains(r.order, c.ID) {
		r.order, r.run.checks = append(r.order, c.ID), append(r.run.checks, c)
	}
}

// Findings are those that were reported, in the order of their checks.
func (r *Reporter) Findings() []Finding {
	var out []Finding
	for _, id := range r.order {
		out = append(out, r.run.found[id]...)
	}
	return out
}
