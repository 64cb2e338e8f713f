package steps

import (
	"slices"
	"strings"
	"testing"
)

// controllerRole is a cluster role with both managed policies.
func controllerRole() Role {
	return Role{
		Name: "cluster-role", ARN: "arn:aws:iam::111122223333:role/cluster-role",
		AttachedPolicies: []string{managedPolicyARN("aws", policyCluster), managedPolicyARN("aws", policyController)},
		Allowed:          slices.Concat(ControllerActions(), ClusterPolicyActions()),
	}
}

func TestWhatTheClusterRoleMayDoIsJudgedByWhatDecidesIt(t *testing.T) {
	t.Parallel()
	denied := func(by string, actions ...string) func(*Snapshot) {
		return func(s *Snapshot) {
			r := &s.Cloud.ClusterRole
			r.Denied = map[string]string{}
			for _, a := range actions {
				r.Denied[a] = by
			}
			r.Allowed = slices.DeleteFunc(r.Allowed, func(a string) bool { return r.Denied[a] != "" })
		}
	}
	detached := func(s *Snapshot) {
		s.Cloud.ClusterRole.AttachedPolicies = []string{"arn:aws:iam::111122223333:policy/own"}
	}
	both := func(edits ...func(*Snapshot)) func(*Snapshot) {
		return func(s *Snapshot) {
			for _, edit := range edits {
				edit(s)
			}
		}
	}
	const create, assign = "ec2:CreateNetworkInterface", "ec2:AssignPrivateIpAddresses"
	for name, x := range map[string]struct {
		edit          func(*Snapshot)
		d11, d12, d13 Status // of D12 empty: not reported
		says          string // in D12, or else in D11
		plans         bool
	}{
		"both managed policies":                     {edit: func(*Snapshot) {}, d11: Pass, d12: Pass, d13: Pass},
		"a permissions boundary":                    {edit: denied(DeniedByBoundary, create), d11: Pass, d12: Fail, d13: Pass, says: "denied by a permissions boundary: " + create},
		"a policy of the organisation":              {edit: denied(DeniedByOrganization, create), d11: Pass, d12: Fail, d13: Pass, says: "a policy of the organisation"},
		"an explicit deny":                          {edit: denied(DeniedExplicitly+" in keep-out", create, "ec2:CreateTags"), d11: Pass, d12: Fail, d13: Pass, says: "an explicit deny in keep-out: ec2:CreateNetworkInterface, ec2:CreateTags"},
		"what only Windows nodes need":              {edit: denied(DeniedByBoundary, assign), d11: Pass, d12: Warn, d13: Pass, says: "Windows"},
		"no policy allows it":                       {edit: denied(DeniedByNoAllow, create), d11: Pass, d12: Pass, d13: Pass},
		"other policies allow all of it":            {edit: detached, d11: Pass, d12: Pass, d13: Pass},
		"other policies allow all but one":          {edit: both(detached, denied(DeniedByNoAllow, create)), d11: Fail, d13: Pass, says: "no policy allows it: " + create, plans: true},
		"other policies, and a boundary":            {edit: both(detached, denied(DeniedByBoundary, create)), d11: Fail, d13: Pass, says: "denied by a permissions boundary", plans: true},
		"other policies allow no look at subnets":   {edit: both(detached, denied(DeniedByNoAllow, "ec2:DescribeSubnets")), d11: Pass, d12: Pass, d13: Fail},
		"other policies, and nothing could be told": {edit: both(detached, func(s *Snapshot) { s.Cloud.ClusterRole.Allowed = nil }), d11: Fail, d13: Fail, plans: true},
		"other policies, and no simulation":         {edit: both(detached, func(s *Snapshot) { s.AddGap(FactRoleActions, errNoSuchPod) }), d11: Fail, d13: Fail, plans: true},
		"the managed policies, and no simulation":   {edit: func(s *Snapshot) { s.AddGap(FactRoleActions, errNoSuchPod) }, d11: Pass, d12: Skip, d13: Pass},
		"a role that could not be read":             {edit: func(s *Snapshot) { s.AddGap(FactClusterRole, errNoSuchPod) }, d11: Skip, d12: Skip},
		"a condition that no simulation can decide": {edit: func(s *Snapshot) { s.Cloud.ClusterRole.Allowed = s.Cloud.ClusterRole.Allowed[1:] }, d11: Pass, d12: Pass, d13: Pass},
		"a policy of the customer's with that name": {edit: both(detached, func(s *Snapshot) {
			s.Cloud.ClusterRole.AttachedPolicies[0] += policyController
			s.Cloud.ClusterRole.Allowed = nil
		}), d11: Fail, d13: Fail, plans: true},
		"several are denied, and the first are told": {edit: denied(DeniedByBoundary, ControllerActions()...), d11: Pass, d12: Fail, d13: Pass, says: "and 5 more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			s.Cloud.ClusterRole = controllerRole()
			x.edit(s)
			target, err := ResolveForDiagnosis(s, Intent{Cluster: "workshop"})
			if err != nil {
				t.Fatal(err)
			}
			found := byID(checkIAM(s, &target))
			for id, want := range map[string]Status{"D11": x.d11, "D12": x.d12, "D13": x.d13} {
				f := found[id]
				if f.Status != want || (f.Status == Fail || f.Status == Warn) != (f.Fix != nil) {
					t.Errorf("%s %q, want %q: %s %v %+v", id, f.Status, want, f.Reason, f.Evidence, f.Fix)
				}
			}
			told := found["D12"]
			if x.d12 == "" {
				told = found["D11"]
			}
			if all := told.Reason + strings.Join(told.Evidence, "\n"); !strings.Contains(all, x.says) {
				t.Errorf("%s says %s, want %q", told.ID, all, x.says)
			}
			p := &Plan{}
			if planIAM(s, &target, p); p.has(changeIAM) != x.plans && x.d11 != Skip {
				t.Errorf("setup attaches the policy: %t, want %t", p.has(changeIAM), x.plans)
			}
		})
	}
}
