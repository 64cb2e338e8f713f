package iam

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestWhatTheClusterRoleMayDoIsJudgedByWhatDecidesIt(t *testing.T) {
	t.Parallel()
	denied := func(by string, actions ...string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			r := &s.Cloud.ClusterRole
			r.Denied = map[string]string{}
			for _, a := range actions {
				r.Denied[a] = by
			}
			r.Allowed = slices.DeleteFunc(r.Allowed, func(a string) bool { return r.Denied[a] != "" })
		}
	}
	detached := func(s *world.Snapshot) {
		s.Cloud.ClusterRole.AttachedPolicies = []string{"arn:aws:iam::111122223333:policy/own"}
	}
	both := func(edits ...func(*world.Snapshot)) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			for _, edit := range edits {
				edit(s)
			}
		}
	}
	const create, assign = "ec2:CreateNetworkInterface", "ec2:AssignPrivateIpAddresses"
	for name, x := range map[string]struct {
		edit          func(*world.Snapshot)
		d11, d12, d13 check.Status // of D12 empty: not reported
		says          string       // in D12, or else in D11
		plans         bool
	}{
		"both managed policies":                     {edit: func(*world.Snapshot) {}, d11: check.Pass, d12: check.Pass, d13: check.Pass},
		"a permissions boundary":                    {edit: denied(world.DeniedByBoundary, create), d11: check.Pass, d12: check.Fail, d13: check.Pass, says: "denied by a permissions boundary: " + create},
		"a policy of the organisation":              {edit: denied(world.DeniedByOrganization, create), d11: check.Pass, d12: check.Fail, d13: check.Pass, says: "a policy of the organisation"},
		"an explicit deny":                          {edit: denied(world.DeniedExplicitly+" in keep-out", create, "ec2:CreateTags"), d11: check.Pass, d12: check.Fail, d13: check.Pass, says: "an explicit deny in keep-out: ec2:CreateNetworkInterface, ec2:CreateTags"},
		"what only Windows nodes need":              {edit: denied(world.DeniedByBoundary, assign), d11: check.Pass, d12: check.Warn, d13: check.Pass, says: "Windows"},
		"no policy allows it":                       {edit: denied(world.DeniedByNoAllow, create), d11: check.Pass, d12: check.Pass, d13: check.Pass},
		"other policies allow all of it":            {edit: detached, d11: check.Pass, d12: check.Pass, d13: check.Pass},
		"other policies allow all but one":          {edit: both(detached, denied(world.DeniedByNoAllow, create)), d11: check.Fail, d13: check.Pass, says: "no policy allows it: " + create, plans: true},
		"other policies, and a boundary":            {edit: both(detached, denied(world.DeniedByBoundary, create)), d11: check.Fail, d13: check.Pass, says: "denied by a permissions boundary", plans: true},
		"other policies allow no look at subnets":   {edit: both(detached, denied(world.DeniedByNoAllow, "ec2:DescribeSubnets")), d11: check.Pass, d12: check.Pass, d13: check.Fail},
		"other policies, and nothing could be told": {edit: both(detached, func(s *world.Snapshot) { s.Cloud.ClusterRole.Allowed = nil }), d11: check.Fail, d13: check.Fail, plans: true},
		"other policies, and no simulation":         {edit: both(detached, func(s *world.Snapshot) { s.AddGap(world.FactRoleActions, errors.New("access denied")) }), d11: check.Fail, d13: check.Fail, plans: true},
		"the managed policies, and no simulation":   {edit: func(s *world.Snapshot) { s.AddGap(world.FactRoleActions, errors.New("access denied")) }, d11: check.Pass, d12: check.Skip, d13: check.Pass},
		"a role that could not be read":             {edit: func(s *world.Snapshot) { s.AddGap(world.FactClusterRole, errors.New("access denied")) }, d11: check.Skip, d12: check.Skip, d13: check.Skip},
		"a condition that no simulation can decide": {edit: func(s *world.Snapshot) { s.Cloud.ClusterRole.Allowed = s.Cloud.ClusterRole.Allowed[1:] }, d11: check.Pass, d12: check.Pass, d13: check.Pass},
		"a policy of the customer's with that name": {edit: both(detached, func(s *world.Snapshot) {
			s.Cloud.ClusterRole.AttachedPolicies[0] += world.PolicyController
			s.Cloud.ClusterRole.Allowed = nil
		}), d11: check.Fail, d13: check.Fail, plans: true},
		"several are denied, and the first are told": {edit: denied(world.DeniedByBoundary, world.ControllerActions()...), d11: check.Pass, d12: check.Fail, d13: check.Pass, says: "and 5 more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := checktest.World()
			x.edit(s)
			target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "workshop"})
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]check.Finding{}
			for _, f := range check.Run(Checks, s, &target) {
				found[f.ID] = f
			}
			for id, want := range map[string]check.Status{"D11": x.d11, "D12": x.d12, "D13": x.d13} {
				f := found[id]
				if f.Status != want || (f.Status == check.Fail || f.Status == check.Warn) != (f.Fix != nil) {
					t.Errorf("%s %q, want %q: %s %v %+v", id, f.Status, want, f.Reason.String(), f.Evidence, f.Fix)
				}
			}
			told := found["D12"]
			if x.d12 == "" {
				told = found["D11"]
			}
			if all := told.Reason.String() + strings.Join(told.Evidence, "\n"); !strings.Contains(all, x.says) {
				t.Errorf("%s says %s, want %q", told.ID, all, x.says)
			}
			p := &plan.Plan{}
			if Step.Plan(s, &target, p); p.Has(plan.ChangeIAM) != x.plans && x.d11 != check.Skip {
				t.Errorf("setup attaches the policy: %t, want %t", p.Has(plan.ChangeIAM), x.plans)
			}
		})
	}
}
