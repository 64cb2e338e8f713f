// Package nodes is the step of the procedure about the nodes: which of their
// instance types can have a trunk ENI, and whether they offer branch ENIs.
package nodes

import (
	"embed"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Step is the step of the procedure. It changes nothing.
var Step = plan.Step{
	ID: check.StepInstances,
	About: []string{
		"A pod gets its own network interface (branch ENI) through its node's trunk ENI.",
		"Not every instance type can have one: the t family cannot. The limit per node is smaller than its number of pods.",
	},
	Checks: Checks,
}

//go:embed *.md
var pages embed.FS

// typed are the facts by which nodes that can have a trunk ENI are known.
var typed = []world.Fact{world.FactNodes, world.FactInstanceTypes}

// Checks are the checks of the step, in their order.
var Checks = check.In("nodes", check.StepInstances, pages,
	check.Check{
		ID: "D33", Title: "Instance types support trunk ENIs",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: typed,
		Run:   types,
	},
	check.Check{
		ID: "D35", Title: "Nodes have a trunk ENI, or a free slot for it",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: typed, Uses: []world.Fact{world.FactInterfaces},
		Run: slots,
	},
	check.Check{
		ID: "P08", Title: "Nodes take podsg's own pods",
		Severity: check.Fail, Blocks: true,
		Needs:       typed,
		ExplainedBy: []string{"D33"},
		Run:         placeable,
	},
	check.Check{
		ID: "D36", Title: "VPC CNI has asked for a trunk on its nodes",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    typed, Uses: []world.Fact{world.FactCNI},
		ExplainedBy: []string{"D16", "D21", "D35", "D39b"},
		Run:         features,
	},
	check.Check{
		ID: "D37", Title: "Nodes offer branch ENIs",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    typed, Uses: []world.Fact{world.FactCNI, world.FactEvents, world.FactClusterRole},
		ExplainedBy: []string{"D11", "D12", "D13", "D35", "D36", "D39b", "D39d", "D60"},
		Run:         allocatable,
	},
	check.Check{
		ID: "D61", Title: "A node has a branch ENI for the pods",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    typed, Uses: []world.Fact{world.FactCNI, world.FactPods},
		ExplainedBy: []string{"D37"},
		Run:         branchesLeft,
	},
	check.Check{
		ID: "D38", Title: "No stale trunk label on nodes",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    typed,
		Run:      oldLabels,
	},
	check.Check{
		ID: "D34", Title: "No interface is kept for a trunk where none can be",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    typed, Uses: []world.Fact{world.FactCNI},
		Run: reservedSlots,
	},
	check.Check{
		ID: "D39b", Title: "Nodes have their ENIConfig",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    typed, Uses: []world.Fact{world.FactCNI, world.FactENIConfigs, world.FactNetwork, world.FactEvents},
		Run: eniConfigs,
	},
	check.Check{
		ID: "D39", Title: "Types have interfaces enough for custom networking",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    typed, Uses: []world.Fact{world.FactCNI},
		Run: interfacesLeft,
	},
	check.Check{
		ID: "D39c", Title: "Trunk ENIs are as new ones would be",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    typed, Uses: []world.Fact{world.FactInterfaces, world.FactInstances, world.FactENIConfigs},
		Run: trunksAsNew,
	},
	check.Check{
		ID: "D74", Title: "Nodes with free branch ENIs take more pods",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    typed, Uses: []world.Fact{world.FactPods, world.FactEvents},
		Run: maxPods,
	},
	check.Check{
		ID: "D39e", Title: "Karpenter finds a type with branch ENIs",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Uses:     []world.Fact{world.FactPods, world.FactEvents},
		Run:      karpenter,
	},
	check.Check{
		ID: "D39f", Title: "Cluster autoscaler knows of branch ENIs",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Uses:     []world.Fact{world.FactPods, world.FactEvents},
		Run:      autoscaler,
	},
)

// podENIsOn reports whether the VPC CNI has been told to ask for trunk ENIs.
func podENIsOn(c *check.Context) bool {
	return c.Kube.CNI != nil && c.Kube.CNI.Env[world.EnvPodENI] == "true"
}
