package iam

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/words"
	"podsg/steps/world"
)

// windowsActions are those that it makes for Windows nodes alone.
var windowsActions = []string{"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"}

// checkRolePolicy looks for a managed policy on the cluster's role, or for others
// that allow the same: some write their own.
func checkRolePolicy(f *check.Findings, c check.Check, policy string, actions []string, without string) *check.Finding {
	role, partition := f.S.Cloud.ClusterRole, f.S.Cloud.Identity.Partition
	attached := role.Has(policy)
	passed := fmt.Sprintf("%s has %s", role.Name, policy)
	if !attached {
		passed = fmt.Sprintf("%s may do all that %s allows, by other policies", role.Name, policy)
	}
	found := f.Expect(c, attached || f.S.RoleMay(actions), passed, fmt.Sprintf("%s lacks %s: %s", role.Name, policy, without)).
		Saw("attached: "+cmp.Or(strings.Join(role.AttachedPolicies, ", "), "nothing")).On(role.ARN).
		Mend("attach it", "aws iam attach-role-policy --role-name "+role.Name+" --policy-arn "+world.ManagedPolicyARN(partition, policy))
	if role.Boundary != "" {
		found.Saw("permissions boundary: " + role.Boundary)
	}
	if !attached {
		found.Saw(deniedLines(role, func(action, _ string) bool { return slices.Contains(actions, action) })...)
	}
	return found
}

// checkDenied looks for what takes from the role that its policies allow: an
// action that none of them allows is told by the checks of the policies.
func checkDenied(f *check.Findings) {
	if !f.Known(CheckNothingDenied, world.FactRoleActions) {
		return
	}
	role := f.S.Cloud.ClusterRole
	taken := func(_, by string) bool { return by != world.DeniedByNoAllow }
	lines := deniedLines(role, taken)
	if len(lines) == 0 {
		f.Add(CheckNothingDenied, check.Pass, "a simulation finds no boundary, organisation or explicit deny in the way").On(role.ARN)
		return
	}
	var actions []string
	status := check.Warn
	for _, action := range slices.Sorted(maps.Keys(role.Denied)) {
		if !taken(action, role.Denied[action]) {
			continue
		}
		actions = append(actions, action)
		if !slices.Contains(windowsActions, action) {
			status = check.Fail
		}
	}
	reason := fmt.Sprintf("%s has its policies, and yet may not do %s: the controller cannot make, tag or remove network interfaces as it needs to", role.Name, words.JoinAtMost(actions, 3))
	if status == check.Warn {
		reason = fmt.Sprintf("%s has its policies, and yet may not do %s, which the controller needs for Windows nodes", role.Name, words.JoinAtMost(actions, 3))
	}
	found := f.Add(CheckNothingDenied, status, reason).Saw(lines...).On(role.ARN)
	if role.Boundary != "" {
		found.Saw("permissions boundary: " + role.Boundary)
	}
	found.Mend("ask whoever keeps what denies it to let the cluster's role do it; attaching more policies does not help",
		fmt.Sprintf("aws iam simulate-principal-policy --policy-source-arn %s --action-names %s --query 'EvaluationResults[].[EvalActionName,EvalDecision,PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary,OrganizationsDecisionDetail.AllowedByOrganizations]' --output table",
			role.ARN, strings.Join(actions, " ")))
}

// deniedLines tell what denies the actions that which chooses, a line for each.
func deniedLines(r world.Role, which func(action, by string) bool) []string {
	byDenier := map[string][]string{}
	for action, by := range r.Denied {
		if which(action, by) {
			byDenier[by] = append(byDenier[by], action)
		}
	}
	var out []string
	for by, actions := range byDenier {
		slices.Sort(actions)
		word := "denied by " + by
		if by == world.DeniedByNoAllow {
			word = by
		}
		out = append(out, word+": "+strings.Join(actions, ", "))
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(a, b) })
	return out
}
