package iam

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

// deny lets something deny actions of the cluster's role.
func deny(by string, actions ...string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		r := &s.Cloud.ClusterRole
		r.Denied = map[string]string{}
		for _, a := range actions {
			r.Denied[a] = by
		}
	}
}

func detach(s *world.Snapshot) { s.Cloud.ClusterRole.AttachedPolicies = nil }

func TestTheClusterRoleHasTheControllersPolicy(t *testing.T) {
	checktest.Table(t, Checks, "D11", map[string]checktest.Case{
		"both managed policies":        {Want: check.Pass},
		"other policies allow all":     {Edit: detach, Want: check.Pass, Says: "by other policies"},
		"no policy at all":             {Edit: func(s *world.Snapshot) { detach(s); s.Cloud.ClusterRole.Allowed = nil }, Want: check.Fail, Says: "cannot make a trunk ENI"},
		"a policy of one's own, short": {Edit: func(s *world.Snapshot) { detach(s); s.Cloud.ClusterRole.Allowed = s.Cloud.ClusterRole.Allowed[1:] }, Want: check.Fail, Says: "setup attaches it"},
	})
}

func TestNothingTakesTheControllersPermissionsAway(t *testing.T) {
	checktest.Table(t, Checks, "D12", map[string]checktest.Case{
		"nothing does":           {Want: check.Pass},
		"a permissions boundary": {Edit: deny(world.DeniedByBoundary, "ec2:CreateNetworkInterface"), Want: check.Fail, Says: "denied by a permissions boundary"},
		"only what Windows needs": {
			Edit: deny(world.DeniedByBoundary, "ec2:AssignPrivateIpAddresses"), Want: check.Warn, Says: "Windows",
		},
		"what no policy allows is the policies' business": {Edit: deny(world.DeniedByNoAllow, "ec2:CreateNetworkInterface"), Want: check.Pass},
		"a role without its policies":                     {Edit: func(s *world.Snapshot) { detach(s); s.Cloud.ClusterRole.Allowed = nil }},
	})
}

func TestTheClusterRoleHasTheClusterPolicy(t *testing.T) {
	checktest.Table(t, Checks, "D13", map[string]checktest.Case{
		"both managed policies": {Want: check.Pass},
		"no policy at all": {
			Edit: func(s *world.Snapshot) { detach(s); s.Cloud.ClusterRole.Allowed = nil }, Want: check.Fail, Says: "describe instances and subnets",
		},
	})
}

func TestNodeRolesDoNotHaveTheControllersPolicy(t *testing.T) {
	checktest.Table(t, Checks, "D14", map[string]checktest.Case{
		"they do not": {Want: check.Pass},
		"one does": {Edit: func(s *world.Snapshot) {
			s.Cloud.NodeRoles[0].AttachedPolicies = []string{world.ManagedPolicyARN("aws", world.PolicyController)}
		}, Want: check.Warn, Says: "detach it"},
	})
}
