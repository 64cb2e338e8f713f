// Package controller is about what the VPC resource controller does in the cluster:
// whether it has its permissions, what keeps pods from being made, and why pods get
// no branch ENI. Its checks belong to the steps of the policy and of the test pods.
package controller

import (
	"embed"

	"podsg/steps/check"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// RoleChecks are the checks of the controller's own permissions, which belong to
// the step of the policy.
var RoleChecks = check.In("controller", check.StepPolicy, pages,
	check.Check{
		ID: "D60", Title: "Controller has its permissions in the cluster",
		Severity: check.Fail,
		Uses:     []world.Fact{world.FactSettings, world.FactPods, world.FactEvents},
		Run:      role,
	},
)

// AdmissionChecks are the checks of pods that cannot be made, which belong to the
// step of the policy.
var AdmissionChecks = check.In("controller", check.StepPolicy, pages,
	check.Check{
		ID: "D56", Title: "Webhook knows the service accounts of the pods",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods, world.FactWorkloads}, Uses: []world.Fact{world.FactEvents},
		Run: refused("D56"),
	},
	check.Check{
		ID: "D57", Title: "Pods are made without the branch ENI annotation",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods, world.FactWorkloads}, Uses: []world.Fact{world.FactEvents},
		Run: refused("D57"),
	},
	check.Check{
		ID: "D58", Title: "Quotas leave room for branch ENIs",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods, world.FactWorkloads}, Uses: []world.Fact{world.FactEvents},
		Run: refused("D58"),
	},
)

// AllocationChecks are the checks of pods that have a node and no branch ENI,
// which belong to the step of the test pods. They report only what keeps a pod
// waiting still: events stay for an hour.
var AllocationChecks = check.In("controller", check.StepTestPods, pages,
	check.Check{
		ID: "D64", Title: "Controller can make branch ENIs for the pods",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods}, Uses: []world.Fact{world.FactEvents, world.FactClusterRole, world.FactPolicies, world.FactNodes, world.FactInstances},
		ExplainedBy: []string{"D11", "D12", "D13", "D39b", "D53", "D68", "D82", "D47", "D83", "D60"},
		Run:         unallocated("D64"),
	},
	check.Check{
		ID: "D65", Title: "No earlier branch ENI is in a pod's way",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods}, Uses: []world.Fact{world.FactEvents},
		ExplainedBy: []string{"D59", "D60"},
		Run:         unallocated("D65"),
	},
	check.Check{
		ID: "D59", Title: "Controller can write branch ENIs into pods",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods}, Uses: []world.Fact{world.FactEvents},
		Run: unallocated("D59"),
	},
	check.Check{
		ID: "D63", Title: "No pod waits for a branch ENI without a word",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods}, Uses: []world.Fact{world.FactEvents, world.FactNodes, world.FactInterfaces},
		ExplainedBy: []string{"D37", "D39d", "D60"},
		Run:         silent,
	},
	check.Check{
		ID: "D73", Title: "Branch ENIs are given soon",
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactPods, world.FactEvents},
		Run:      howSoon,
	},
)
