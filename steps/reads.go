package steps

import (
	"slices"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Reads are the facts that the checks of the step look at: it is checked as soon
// as they are all read. None: it has no checks.
func Reads(s plan.Step) []world.Fact {
	var out []world.Fact
	for _, c := range s.Checks {
		for _, f := range c.Reads() {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}
