package proof

import (
	"embed"
	"slices"

	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/intent"
	"podsg/steps/policy"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// Checks are the checks of the step about the pods, in the order in which things
// happen to a pod.
var Checks = slices.Concat(startChecks, kindChecks, controller.AllocationChecks, interfaceChecks, branchChecks, runChecks, ClientChecks(func(c *check.Context) []world.Pod {
	return intent.ClientPods(c.Snapshot, c.Target)
}))

// startChecks are the checks of pods that have no node yet.
var startChecks = check.In("proof", check.StepTestPods, pages,
	check.Check{
		ID: "D62", Title: "Pods do not ask for the old trunk label",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods},
		Run:      oldAffinity,
	},
)

// branchChecks are the checks of pods that have a branch ENI.
var branchChecks = check.In("proof", check.StepTestPods, pages,
	check.Check{
		ID: "D45", Title: "Branch ENIs carry the groups of the policies",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods, world.FactPolicies, world.FactInterfaces}, Uses: policy.RestartFacts,
		ExplainedBy: []string{"D41", "D46", "D47", "P04"},
		Run:         policyGroups,
	},
	check.Check{
		ID: "D67", Title: "Pods use their branch ENI",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods}, Uses: policy.RestartFacts,
		ExplainedBy: []string{"D55", "D40"},
		Run:         onBranch,
	},
	check.Check{
		ID: "D75", Title: "Branch ENIs have an IPv6 address in an IPv6 cluster",
		Severity: check.Fail,
		Uses:     []world.Fact{world.FactPods, world.FactInterfaces},
		Run:      addresses,
	},
	check.Check{
		ID: "D72", Title: "Pods leave time to take their network down",
		Severity:    check.Warn,
		Needs:       []world.Fact{world.FactCNI},
		Uses:        []world.Fact{world.FactPods},
		ExplainedBy: []string{"D06"},
		Run:         grace,
	},
)

// withRestart are facts with those by which it is judged whether pods may be
// restarted.
func withRestart(facts ...world.Fact) []world.Fact { return slices.Concat(facts, policy.RestartFacts) }

// ClientChecks are the checks of what the logs of pods say of the database, in
// the order in which a connection comes about. A check of theirs reports only a
// trouble that was seen: what no log tells is not known.
func ClientChecks(of func(*check.Context) []world.Pod) []check.Check {
	needs := []world.Fact{world.FactPods, world.FactPolicies}
	return check.In("proof", check.StepTestPods, pages,
		check.Check{
			ID: "D96", Title: "Pods find the database's name",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs, world.FactNetwork, world.FactSecurityGroups, world.FactDNS, world.FactInterfaces),
			ExplainedBy: []string{"D24", "D44", "D67", "D76", "D100", "P05", "D54", "D71", "P10"},
			Run:         told("D96", of, nameNotFound),
		},
		check.Check{
			ID: "D90", Title: "Database answers the selected pods",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs, world.FactSecurityGroups, world.FactDatabases, world.FactInterfaces),
			ExplainedBy: []string{"D43", "D44", "D45", "D67", "D77", "D78", "D84", "D85", "P03", "D54", "D71", "P10"},
			Run:         answers(of),
		},
		check.Check{
			ID: "D79", Title: "Pods ask for the database's own port",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs),
			ExplainedBy: []string{"D100"},
			Run:         told("D79", of, wrongPort),
		},
		check.Check{
			ID: "D97", Title: "Database accepts connections",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs, world.FactDatabases),
			ExplainedBy: []string{"D100", "P03"},
			Run:         told("D97", of, refused),
		},
		check.Check{
			ID: "D99", Title: "Database has started",
			Severity: check.Warn,
			Needs:    needs, Uses: withRestart(world.FactLogs),
			ExplainedBy: []string{"P03"},
			Run:         told("D99", of, starting),
		},
		check.Check{
			ID: "D98", Title: "Database has free connections",
			Severity: check.Warn,
			Needs:    needs, Uses: withRestart(world.FactLogs),
			Run: told("D98", of, full),
		},
		check.Check{
			ID: "D95", Title: "Pods trust the database's certificate",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs),
			ExplainedBy: []string{"D100"},
			Run:         told("D95", of, untrusted),
		},
		check.Check{
			ID: "D94", Title: "Clients of the pods know SCRAM",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs),
			Run: told("D94", of, oldClient),
		},
		check.Check{
			ID: "D92", Title: "Database accepts the pods' login",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs),
			ExplainedBy: []string{"D100", "P07"},
			Run:         told("D92", of, loginRefused),
		},
		check.Check{
			ID: "D93", Title: "Database and tables exist that the pods ask for",
			Severity: check.Fail,
			Needs:    needs, Uses: withRestart(world.FactLogs),
			ExplainedBy: []string{"D100"},
			Run:         told("D93", of, nameMissing),
		},
	)
}
