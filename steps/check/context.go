package check

import (
	"maps"
	"slices"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/world"
)

// Context is what a check sees while it runs, and where it reports.
type Context struct {
	*world.Snapshot
	Target *intent.Target

	check Check
	run   *run
}

// run is one run of checks on a snapshot and a target.
type run struct {
	checks []Check
	found  map[string][]Finding // by check, once it ran
	now    []string             // those that are running
	of     Subject
}

// Run runs checks in their order. A check that asks for the findings of another
// gets them whatever their order.
func Run(checks []Check, s *world.Snapshot, t *intent.Target) []Finding {
	return RunEach(checks, []Subject{{Snapshot: s, Target: t}})
}

// Subject is what checks are run on: an access, in the snapshot in which its
// namespace is the chosen one.
type Subject struct {
	*world.Snapshot
	Target *intent.Target
	// Namespace and Policy name the access in what is found; empty: there is only
	// one.
	Namespace, Policy string
}

// RunEach runs checks on several accesses: those about the cluster once, the
// others on each. The findings are in the order of the checks, those of a check
// in that of the accesses.
func RunEach(checks []Check, subjects []Subject) []Finding {
	cluster := map[string][]Finding{}
	runs := make([]*run, len(subjects))
	for i, of := range subjects {
		runs[i] = &run{checks: checks, found: map[string][]Finding{}, of: of}
		maps.Copy(runs[i].found, cluster)
		for _, c := range checks {
			found := runs[i].findings(c, of.Snapshot, of.Target)
			if c.About == AboutCluster {
				cluster[c.ID] = found
			}
		}
	}
	var out []Finding
	for _, c := range checks {
		if c.About == AboutCluster {
			out = append(out, cluster[c.ID]...)
			continue
		}
		for _, r := range runs {
			out = append(out, r.found[c.ID]...)
		}
	}
	return out
}

// findings runs a check, once.
func (r *run) findings(c Check, s *world.Snapshot, t *intent.Target) []Finding {
	if found, ran := r.found[c.ID]; ran || c.Run == nil {
		return found
	}
	if slices.Contains(r.now, c.ID) {
		panic("checks wait for each other: " + strings.Join(append(r.now, c.ID), " "))
	}
	r.now = append(r.now, c.ID)
	ctx := &Context{Snapshot: s, Target: t, check: c, run: r}
	r.found[c.ID] = nil
	if c.About == AboutDatabase && t.NoDatabase {
		// The access is for something else.
	} else if ctx.Known(c.Needs...) {
		c.Run(ctx)
	}
	r.now = r.now[:len(r.now)-1]
	return r.found[c.ID]
}

// Known adds a skip and reports false when a fact is missing.
func (c *Context) Known(facts ...world.Fact) bool {
	reason, missing := c.Missing(facts...)
	if missing {
		c.Skip("%s", reason).lacks = facts
	}
	return !missing
}

// Findings are what other checks of the same run have found. Checks that are not
// part of the run found nothing.
func (c *Context) Findings(ids ...string) []Finding {
	var out []Finding
	for _, id := range ids {
		if i := slices.IndexFunc(c.run.checks, func(o Check) bool { return o.ID == id }); i >= 0 {
			out = append(out, c.run.findings(c.run.checks[i], c.Snapshot, c.Target)...)
		}
	}
	return out
}

// Troubles are the failing and warning ones among the findings of other checks.
func (c *Context) Troubles(ids ...string) []Finding {
	return slices.DeleteFunc(c.Findings(ids...), func(f Finding) bool { return !f.Trouble() })
}

// Add reports an outcome.
func (c *Context) Add(status Status, reason say.Text) *Finding {
	found := c.run.found[c.check.ID]
	var of Subject
	if c.check.About != AboutCluster {
		of = c.run.of
	}
	found = append(found, Finding{
		Namespace: of.Namespace, Policy: of.Policy,
		ID: c.check.ID, Step: c.check.Step, Title: c.check.Title, Status: status, Reason: reason, Doc: c.check.Doc(),
		Blocking: c.check.Blocks && status == Fail, region: c.Target.Region,
	})
	c.run.found[c.check.ID] = found
	return &found[len(found)-1]
}

// Pass reports that it is as it must be.
func (c *Context) Pass(format string, args ...any) *Finding {
	return c.Add(Pass, say.T(format, args...))
}

// Warn reports what may be wrong, or what cannot be told for sure.
func (c *Context) Warn(format string, args ...any) *Finding {
	return c.Add(Warn, say.T(format, args...))
}

// Fail reports that it is not as it must be.
func (c *Context) Fail(format string, args ...any) *Finding {
	return c.Add(Fail, say.T(format, args...))
}

// Skip reports why the check could not look.
func (c *Context) Skip(format string, args ...any) *Finding {
	return c.Add(Skip, say.T(format, args...))
}

// Expect reports a pass or a fail by a condition.
func (c *Context) Expect(ok bool, passed, failed say.Text) *Finding {
	if ok {
		return c.Add(Pass, passed)
	}
	return c.Add(Fail, failed)
}

// Decide reports a pass, a fail, or a warning when what was observed does not
// say: uncertain says what would have to be known. A warning is no pass: it may
// hide the cause that is looked for.
func (c *Context) Decide(ok bool, uncertain, passed, failed say.Text) *Finding {
	if !ok && !uncertain.IsZero() {
		return c.Warn("it cannot be told for sure: %s", uncertain)
	}
	return c.Expect(ok, passed, failed)
}
