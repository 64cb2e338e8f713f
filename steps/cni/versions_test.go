package cni

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

func TestTheCNIsOwnRoleHasItsPermissions(t *testing.T) {
	waiting := func(version string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.CNI.Version, s.Kube.CNI.Rollout.Ready = version, 0
		}
	}
	checktest.Table(t, Checks, "P11", map[string]checktest.Case{
		"ready": {Want: check.Pass},
		"a call was refused": {Edit: func(s *world.Snapshot) {
			s.Kube.CNI.Refused = []string{"Unauthorized operation: failed to call ec2:DescribeSecurityGroups due to missing permissions."}
		}, Want: check.Fail, Says: "--role-name node-role --policy-arn arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"},
		"a version that asks for more": {Edit: waiting("v1.22.1"), Want: check.Warn, Says: "may lack ec2:DescribeSecurityGroups"},
		"with the managed policy": {Edit: func(s *world.Snapshot) {
			waiting("v1.22.0")(s)
			s.Cloud.NodeRoles[0].AttachedPolicies = []string{world.ManagedPolicyARN("aws", world.PolicyCNI)}
		}, Want: check.Pass},
		"with a role of its own": {Edit: func(s *world.Snapshot) {
			waiting("v1.22.0")(s)
			s.Cloud.NodeRoles[0].AttachedPolicies = []string{world.ManagedPolicyARN("aws", world.PolicyCNI)}
			s.Cloud.Addon.ServiceAccountRole = "arn:aws:iam::111122223333:role/path/cni"
		}, Want: check.Warn, Says: "--role-name cni "},
		"a version that asks no more": {Edit: waiting("v1.22.2"), Want: check.Pass},
	})
}

func TestVersionsWithAKnownFaultAreTold(t *testing.T) {
	is := func(version, agent string) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Kube.CNI.Version, s.Kube.CNI.AgentVersion = version, agent }
	}
	checktest.Table(t, Checks, "P12", map[string]checktest.Case{
		"newest":            {Edit: is("v1.23.2", "v1.4.3"), Want: check.Pass},
		"permissions":       {Edit: is("v1.22.1", ""), Want: check.Warn, Says: "issues/3705"},
		"an old agent":      {Edit: is("v1.23.0", "v1.4.0"), Want: check.Warn, Says: "cni-1.23-agent"},
		"a version unknown": {Edit: is("latest", ""), Want: check.Skip},
		"custom networking": {Edit: func(s *world.Snapshot) {
			is("v1.19.2", "")(s)
			s.Kube.CNI.Env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
		}, Want: check.Warn, Says: "pull/3277"},
	})
}

func TestEveryAdvisoryIsWhole(t *testing.T) {
	text := AdvisoryText()
	for _, a := range Advisories() {
		if !a.Since.Before(a.Until) || !strings.HasPrefix(a.Source, "https://") || !strings.Contains(text, a.ID) {
			t.Errorf("advisory %+v", a)
		}
	}
}
