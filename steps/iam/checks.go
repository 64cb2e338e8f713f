package iam

import (
	"cmp"
	"embed"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// Checks are the checks of the step, in their order.
var Checks = check.In("iam", check.StepIAM, pages,
	check.Check{
		ID: "D11", Title: "Cluster role may make network interfaces",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactClusterRole}, Uses: []world.Fact{world.FactRoleActions},
		Run: func(c *check.Context) {
			found := rolePolicy(c, world.PolicyController, world.ControllerActions(), say.T("the controller cannot make a trunk ENI on any node"))
			if found.Fix != nil {
				found.Fix.Text, found.Fix.Setup = say.T("setup attaches it"), true
			}
		},
	},
	check.Check{
		ID: "D12", Title: "Nothing takes the controller's permissions away",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactClusterRole}, Uses: []world.Fact{world.FactRoleActions},
		Run: denied,
	},
	check.Check{
		ID: "D13", Title: "Cluster role has the EKS cluster policy",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactClusterRole}, Uses: []world.Fact{world.FactRoleActions},
		Run: func(c *check.Context) {
			rolePolicy(c, world.PolicyCluster, world.ClusterPolicyActions(), say.T("the controller needs it to describe instances and subnets"))
		},
	},
	check.Check{
		ID: "D14", Title: "Node roles do not have the controller's policy",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactNodeRoles},
		Run:      nodeRoles,
	},
)

// windowsActions are those that it makes for Windows nodes alone.
var windowsActions = []string{"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"}

// rolePolicy looks for a managed policy on the cluster's role, or for others
// that allow the same: some write their own.
func rolePolicy(c *check.Context, policy string, actions []string, without say.Text) *check.Finding {
	role := c.Cloud.ClusterRole
	attached := role.Has(policy)
	passed := say.T("%s has %s", role.Name, policy)
	if !attached {
		passed = say.T("%s may do all that %s allows, by other policies", role.Name, policy)
	}
	found := c.Expect(attached || c.RoleMay(actions), passed, say.T("%s lacks %s: %s", role.Name, policy, without)).
		Saw("attached: "+cmp.Or(strings.Join(role.AttachedPolicies, ", "), "nothing")).On(role.ARN).
		Mend(say.T("attach it"), shell.Command("aws iam attach-role-policy --role-name %s --policy-arn %s", role.Name, world.ManagedPolicyARN(c.Cloud.Identity.Partition, policy)))
	if role.Boundary != "" {
		found.Saw("permissions boundary: " + role.Boundary)
	}
	if !attached {
		found.Saw(deniedLines(role, func(action, _ string) bool { return slices.Contains(actions, action) })...)
	}
	return found
}

// denied looks for what takes from the role that its policies allow: an action
// that none of them allows is told by the checks of the policies.
func denied(c *check.Context) {
	if len(c.Troubles("D11")) > 0 || !c.Known(world.FactRoleActions) {
		return
	}
	role := c.Cloud.ClusterRole
	taken := func(_, by string) bool { return by != world.DeniedByNoAllow }
	lines := deniedLines(role, taken)
	if len(lines) == 0 {
		c.Pass("a simulation finds no boundary, organisation or explicit deny in the way").On(role.ARN)
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
	few := words.JoinAtMost(actions, 3)
	reason := say.T("%s has its policies, and yet may not do %s: the controller cannot make, tag or remove network interfaces as it needs to", role.Name, few)
	if status == check.Warn {
		reason = say.T("%s has its policies, and yet may not do %s, which the controller needs for Windows nodes", role.Name, few)
	}
	found := c.Add(status, reason).Saw(lines...).On(role.ARN)
	if role.Boundary != "" {
		found.Saw("permissions boundary: " + role.Boundary)
	}
	found.Mend(say.T("ask whoever keeps what denies it to let the cluster's role do it; attaching more policies does not help"),
		shell.Command("aws iam simulate-principal-policy --policy-source-arn %s --action-names %s --query 'EvaluationResults[].[EvalActionName,EvalDecision,PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary,OrganizationsDecisionDetail.AllowedByOrganizations]' --output table", role.ARN, actions))
}

// nodeRoles looks for the controller's policy where old guides put it.
func nodeRoles(c *check.Context) {
	var with []string
	for _, r := range c.Cloud.NodeRoles {
		if r.Has(world.PolicyController) {
			with = append(with, r.Name)
		}
	}
	if len(with) == 0 {
		c.Pass("none of %d", len(c.Cloud.NodeRoles))
		return
	}
	c.Warn("it does nothing for security groups for pods there, and gives every node power over network interfaces").On(with...).
		Mend(say.T("detach it"), shell.Command("aws iam detach-role-policy --role-name %s --policy-arn %s", with[0], world.ManagedPolicyARN(c.Cloud.Identity.Partition, world.PolicyController)))
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
	slices.Sort(out)
	return out
}
