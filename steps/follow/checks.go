package follow

import (
	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/nodes"
	"podsg/steps/policy"
	"podsg/steps/proof"
)

// The rungs of the ladder that are reported by hand. Some share id and page with
// a check of the procedure, and say of one pod what that says of all.
var (
	checkKind      = ofPod(check.Find(proof.Checks, "D54"))
	checkSelected  = ofPod(check.Find(policy.Checks, "D48"))
	checkLimit     = ofPod(check.Find(proof.Checks, "D55"))
	checkScheduled = ofPod(check.Find(nodes.Checks, "D61"))
	checkAllocated = named(check.Check{ID: "D63", Title: "Controller gave the pod a branch ENI"}, ofPod(check.Find(controller.AllocationChecks, "D63")))
	checkExists    = ofPod(check.Find(proof.Checks, "D71"))
	checkGroups    = ofPod(check.Find(proof.Checks, "D45"))
	checkOnBranch  = ofPod(check.Find(proof.Checks, "D67"))
	checkRunning   = ofPod(check.Find(proof.Checks, "D66"))
)

// ofPod is a check of the procedure as it is reported of one pod.
func ofPod(c check.Check) check.Check {
	c.Step, c.Severity, c.Blocks, c.Run = check.StepTestPods, check.Fail, false, nil
	return c
}

// named is a check with another title.
func named(title, c check.Check) check.Check {
	c.Title = title.Title
	return c
}

// PodChecks lists the checks that [CheckPod] can report besides those of
// [steps.Checks].
func PodChecks() []check.CheckInfo {
	var out []check.CheckInfo
	for _, c := range Checks() {
		out = append(out, c.Info())
	}
	return out
}

// Checks are those checks.
func Checks() []check.Check {
	return []check.Check{checkKind, checkSelected, checkLimit, checkScheduled, checkAllocated, checkExists, checkRunning}
}
