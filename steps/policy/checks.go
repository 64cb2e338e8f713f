package policy

import (
	"embed"
	"slices"

	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/intent"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// Checks are the checks of the step, in their order: of what EKS installs, of the
// policies, of the pods that they select, and of pods that cannot be made.
var Checks = slices.Concat(installedChecks, controller.RoleChecks, policyChecks, podChecks, controller.AdmissionChecks)

// installedChecks are the checks of what Amazon EKS installs with the control plane.
var installedChecks = check.In("policy", check.StepPolicy, pages,
	check.Check{
		ID: "D41", Title: "SecurityGroupPolicy is known to the cluster",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactAdmission},
		Run:   established,
	},
	check.Check{
		ID: "D42", Title: "VPC resource webhook is registered",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactAdmission},
		Run:   registered,
	},
	check.Check{
		ID: "D39d", Title: "VPC resource controller is alive",
		About:       check.AboutCluster,
		Severity:    check.Fail,
		Needs:       []world.Fact{world.FactAdmission},
		ExplainedBy: []string{"D60"},
		Run:         alive,
	},
)

// policyChecks are the checks of the policy that is meant, and of those beside it.
var policyChecks = check.In("policy", check.StepPolicy, pages,
	check.Check{
		ID: "P04", Title: "Policy exists",
		Severity:    check.Fail,
		Needs:       []world.Fact{world.FactPolicies},
		ExplainedBy: []string{"D41", "D46", "D47"},
		Run:         exists,
	},
	check.Check{
		ID: "D46", Title: "The policy for the pods is in their namespace",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies, world.FactPods}, Uses: []world.Fact{world.FactNamespace},
		Run: stray,
	},
	check.Check{
		ID: "D82", Title: "Policy's security groups are of the cluster's VPC",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies, world.FactSecurityGroups}, Uses: []world.Fact{world.FactEvents},
		ExplainedBy: []string{"D47"},
		Run:         ofPolicy(groupsOfVPC),
	},
	check.Check{
		ID: "D53", Title: "Policies give no more groups than an interface may have",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies},
		Uses:     []world.Fact{world.FactPods, world.FactNamespace, world.FactInterfaces, world.FactAdmission},
		Run:      ofPolicy(groupCount),
	},
	check.Check{
		ID: "D47", Title: "Policy is complete",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies},
		Run:      ofPolicy(complete),
	},
	check.Check{
		ID: "D51", Title: "Policy does not catch every pod",
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactPolicies},
		Run:      ofPolicy(catchesAll),
	},
	check.Check{
		ID: "D50", Title: "A service account has the selected labels",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies}, Uses: []world.Fact{world.FactNamespace},
		Run: ofPolicy(noAccount),
	},
	check.Check{
		ID: "D49", Title: "Pods match both selectors of the policy",
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactPolicies}, Uses: []world.Fact{world.FactNamespace, world.FactPods},
		Run: ofPolicy(bothAgree),
	},
)

// podChecks are the checks of the pods of the namespace, by the policies as they are
// now, exactly as the webhook would judge them.
var podChecks = check.In("policy", check.StepPolicy, pages,
	check.Check{
		ID: "D48", Title: "A policy selects the pods that are meant",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies, world.FactPods}, Uses: []world.Fact{world.FactNamespace, world.FactWorkloads, world.FactEvents},
		ExplainedBy: []string{"D49", "D50", "D56", "D57", "D58", "D47", "D46", "D54"},
		Run:         ofPolicy(selectsPods),
	},
	check.Check{
		ID: "D52", Title: "Selected pods get no other groups than the policy's",
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactPolicies, world.FactPods}, Uses: []world.Fact{world.FactNamespace},
		Run: ofPolicy(union),
	},
	check.Check{
		ID: "D44", Title: "Pods were selected when they were created",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies, world.FactPods}, Uses: slices.Concat(RestartFacts, []world.Fact{world.FactNamespace, world.FactWorkloads}),
		ExplainedBy: []string{"D41", "D42"},
		Run:         ofPolicy(oldPods),
	},
	check.Check{
		ID: "D43", Title: "Webhook answered for the selected pods",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies, world.FactPods}, Uses: slices.Concat(RestartFacts, []world.Fact{world.FactNamespace, world.FactWorkloads}),
		ExplainedBy: []string{"D41", "D42", "D39d", "D60"},
		Run:         ofPolicy(failedOpen),
	},
	check.Check{
		ID: "D08", Title: "Fargate pods keep the cluster's own access",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies, world.FactPods}, Uses: []world.Fact{world.FactNamespace},
		Run: fargate,
	},
	check.Check{
		ID: "D39g", Title: "No Windows pod is selected",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies, world.FactPods}, Uses: []world.Fact{world.FactNamespace},
		Run: windows,
	},
	check.Check{
		ID: "D40", Title: "Webhook gives selected pods a branch ENI",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPolicies}, Uses: []world.Fact{world.FactAdmission, world.FactNamespace},
		ExplainedBy: []string{"D41", "D42", "D39d", "D60", "D47", "D48", "D55", "D56", "D58"},
		Run:         dryRun,
	},
)

// ofPolicy makes the run of a check about the policy that is meant: without it
// the check has nothing to say.
func ofPolicy(judge func(*check.Context, world.PodPolicy)) func(*check.Context) {
	return func(c *check.Context) {
		if p, ok := intent.Policy(c.Snapshot, c.Target); ok {
			judge(c, p)
		}
	}
}
