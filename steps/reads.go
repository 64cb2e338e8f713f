package steps

import (
	"slices"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// reads are the facts that the checks of each step look at: a step is checked
// as soon as they are all read.
var reads = map[check.StepID][]world.Fact{
	check.StepDatabase: {world.FactDatabases, world.FactLogs},
	check.StepSecret:   {world.FactSecret},
	check.StepTestPods: {
		world.FactInterfaces, world.FactInstances, world.FactClusterRole, world.FactPolicies, world.FactPods, world.FactEvents, world.FactNodes, world.FactCNI, world.FactLogs, world.FactSecurityGroups, world.FactDatabases, world.FactDNS,
	},
}

// Reads are the facts that the checks of the step look at; none: it has no
// checks.
func Reads(s plan.Step) []world.Fact {
	if len(s.Checks) == 0 {
		return reads[s.ID]
	}
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
