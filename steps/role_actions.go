package steps

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ControllerActions are the calls of the VPC resource controller that its
// managed policy allows. It makes them with the cluster's role.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSVPCResourceController.html
func ControllerActions() []string {
	return []string{
		"ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission",
		"ec2:DeleteNetworkInterface", "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses",
	}
}

// ClusterPolicyActions are its calls that the cluster's own managed policy
// allows. What else it calls, such as AssociateTrunkInterface, it does with a
// role of EKS.
func ClusterPolicyActions() []string {
	return []string{"ec2:CreateTags", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
}

// windowsActions are those that it makes for Windows nodes alone.
var windowsActions = []string{"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"}

// roleMay reports whether a simulation says that the cluster's role may do all
// of it, by whatever policy.
func (s *Snapshot) roleMay(actions []string) bool {
	if _, missing := s.Missing(FactRoleActions); missing {
		return false
	}
	return !slices.ContainsFunc(actions, func(a string) bool { return !slices.Contains(s.Cloud.ClusterRole.Allowed, a) })
}

// checkRolePolicy looks for a managed policy on the cluster's role, or for others
// that allow the same: some write their own.
func checkRolePolicy(f *findings, c check, policy string, actions []string, without string) *Finding {
	role, partition := f.s.Cloud.ClusterRole, f.s.Cloud.Identity.Partition
	attached := role.has(policy)
	passed := fmt.Sprintf("%s has %s", role.Name, policy)
	if !attached {
		passed = fmt.Sprintf("%s may do all that %s allows, by other policies", role.Name, policy)
	}
	found := f.expect(c, attached || f.s.roleMay(actions), passed, fmt.Sprintf("%s lacks %s: %s", role.Name, policy, without)).
		saw("attached: "+cmp.Or(strings.Join(role.AttachedPolicies, ", "), "nothing")).on(role.ARN).
		mend("attach it", "aws iam attach-role-policy --role-name "+role.Name+" --policy-arn "+managedPolicyARN(partition, policy))
	if role.Boundary != "" {
		found.saw("permissions boundary: " + role.Boundary)
	}
	if !attached {
		found.saw(role.deniedLines(func(action, _ string) bool { return slices.Contains(actions, action) })...)
	}
	return found
}

// checkDenied looks for what takes from the role that its policies allow: an
// action that none of them allows is told by the checks of the policies.
func checkDenied(f *findings) {
	if !f.known(checkNothingDenied, FactRoleActions) {
		return
	}
	role := f.s.Cloud.ClusterRole
	taken := func(_, by string) bool { return by != DeniedByNoAllow }
	lines := role.deniedLines(taken)
	if len(lines) == 0 {
		f.add(checkNothingDenied, Pass, "a simulation finds no boundary, organisation or explicit deny in the way").on(role.ARN)
		return
	}
	var actions []string
	status := Warn
	for _, action := range slices.Sorted(maps.Keys(role.Denied)) {
		if !taken(action, role.Denied[action]) {
			continue
		}
		actions = append(actions, action)
		if !slices.Contains(windowsActions, action) {
			status = Fail
		}
	}
	reason := fmt.Sprintf("%s has its policies, and yet may not do %s: the controller cannot make, tag or remove network interfaces as it needs to", role.Name, joinAtMost(actions, 3))
	if status == Warn {
		reason = fmt.Sprintf("%s has its policies, and yet may not do %s, which the controller needs for Windows nodes", role.Name, joinAtMost(actions, 3))
	}
	found := f.add(checkNothingDenied, status, reason).saw(lines...).on(role.ARN)
	if role.Boundary != "" {
		found.saw("permissions boundary: " + role.Boundary)
	}
	found.mend("ask whoever keeps what denies it to let the cluster's role do it; attaching more policies does not help",
		fmt.Sprintf("aws iam simulate-principal-policy --policy-source-arn %s --action-names %s --query 'EvaluationResults[].[EvalActionName,EvalDecision,PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary,OrganizationsDecisionDetail.AllowedByOrganizations]' --output table",
			role.ARN, strings.Join(actions, " ")))
}

// deniedLines tell what denies the actions that which chooses, a line for each.
func (r Role) deniedLines(which func(action, by string) bool) []string {
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
		if by == DeniedByNoAllow {
			word = by
		}
		out = append(out, word+": "+strings.Join(actions, ", "))
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(a, b) })
	return out
}

// joinAtMost lists the first of some words and says how many more there are.
func joinAtMost(words []string, limit int) string {
	if len(words) <= limit {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:limit], ", "), len(words)-limit)
}
