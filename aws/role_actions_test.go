package aws

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"podsg/steps/world"
)

const clusterRoleARN = "arn:aws:iam::111122223333:role/eks-role"

func TestTheClusterRolesPermissionsAreToldWithWhatDeniesThem(t *testing.T) {
	const create = "ec2:CreateNetworkInterface"
	everything := func(effects string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}` + effects + `]}`
	}
	denyCreate := `,{"Effect":"Deny","Action":"ec2:CreateNetworkInterface*","Resource":"*"}`
	tests := []struct {
		name     string
		attached bool // the controller's policy
		edit     func(w *testWorld, role string) error
		pageSize int
		denied   map[string]string // a selection of the denied actions; "" means allowed
		count    int               // of denied actions
	}{
		{
			name: "the controller's policy is missing", count: len(world.ControllerActions()),
			denied: map[string]string{create: world.DeniedByNoAllow, "ec2:CreateNetworkInterfacePermission": world.DeniedByNoAllow, "ec2:CreateTags": ""},
		},
		{name: "both policies are there", attached: true, denied: map[string]string{create: "", "ec2:CreateNetworkInterfacePermission": ""}},
		{name: "both policies are there, page by page", attached: true, pageSize: 2, denied: map[string]string{create: ""}},
		{
			name: "a boundary that does not list it", attached: true, count: len(world.ControllerActions()) + 2,
			edit: func(w *testWorld, role string) error {
				return w.account.SetPermissionsBoundary(role, "AmazonEKSWorkerNodePolicy")
			},
			denied: map[string]string{create: world.DeniedByBoundary, "ec2:CreateTags": world.DeniedByBoundary, "ec2:DescribeInstances": ""},
		},
		{
			name: "a boundary that denies it", attached: true, count: 2,
			edit: func(w *testWorld, role string) error {
				arn, err := w.account.AddPolicy("fence", everything(denyCreate))
				if err != nil {
					return err
				}
				return w.account.SetPermissionsBoundary(role, arn)
			},
			denied: map[string]string{create: world.DeniedByBoundary, "ec2:DeleteNetworkInterface": ""},
		},
		{
			name: "an organisation that does not list it", attached: true, count: 1,
			edit: func(w *testWorld, _ string) error {
				return w.account.SetServiceControlPolicies(`{"Statement":{"Effect":"Allow","NotAction":"ec2:CreateNetworkInterface","Resource":"*"}}`)
			},
			denied: map[string]string{create: world.DeniedByOrganization},
		},
		{
			name: "an organisation that denies it", attached: true, count: 2,
			edit:   func(w *testWorld, _ string) error { return w.account.SetServiceControlPolicies(everything(denyCreate)) },
			denied: map[string]string{create: world.DeniedByOrganization},
		},
		{
			name: "an organisation that denies other regions", attached: true,
			edit: func(w *testWorld, _ string) error {
				return w.account.SetServiceControlPolicies(everything(`,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["` + w.account.Region() + `"]}}}`))
			},
			denied: map[string]string{create: ""},
		},
		{
			name: "a policy of the role that denies it", attached: true, count: 2,
			edit: func(w *testWorld, role string) error {
				arn, err := w.account.AddPolicy("keep-out", everything(denyCreate))
				if err != nil {
					return err
				}
				return w.client.AttachRolePolicy(t.Context(), role, arn)
			},
			denied: map[string]string{create: world.DeniedExplicitly + " in keep-out"},
		},
		{
			name: "a policy of one's own for network interfaces only",
			edit: func(w *testWorld, role string) error {
				arn, err := w.account.AddPolicy("own", `{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:*:*:network-interface/*"}}`)
				if err != nil {
					return err
				}
				return w.client.AttachRolePolicy(t.Context(), role, arn)
			},
			denied: map[string]string{create: "", "ec2:CreateNetworkInterfacePermission": ""},
		},
		{
			name: "a condition that nobody can know", attached: true,
			edit: func(w *testWorld, _ string) error {
				return w.account.SetServiceControlPolicies(everything(`,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"false"}}}`))
			},
			denied: map[string]string{create: ""},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, worldOptions{pageSize: tt.pageSize})
			scope := w.scope(t)
			role := lastSegment(scope.Cluster.RoleARN)
			if tt.attached {
				if err := w.client.AttachRolePolicy(t.Context(), role, controllerPolicy("aws")); err != nil {
					t.Fatal(err)
				}
			}
			if tt.edit != nil {
				if err := tt.edit(w, role); err != nil {
					t.Fatal(err)
				}
			}
			facts, gaps := w.client.Observe(t.Context(), scope)
			if err := gaps[world.FactRoleActions]; err != nil {
				t.Fatal(err)
			}
			r := facts.ClusterRole
			for action, by := range tt.denied {
				if r.Denied[action] != by || slices.Contains(r.Allowed, action) != (by == "") {
					t.Errorf("%s is denied by %q, want %q; allowed: %v", action, r.Denied[action], by, r.Allowed)
				}
			}
			if all := len(world.ControllerActions()) + len(world.ClusterPolicyActions()); len(r.Denied) != tt.count || len(r.Allowed)+len(r.Denied) != all {
				t.Errorf("%d are denied, want %d: %v, %v", len(r.Denied), tt.count, r.Denied, r.Allowed)
			}
		})
	}
}

func TestTheClusterRolesPermissionsTakeOneCall(t *testing.T) {
	w := newWorld(t, worldOptions{})
	scope := w.scope(t)
	w.account.ForgetCalls()
	if _, err := w.client.clusterRoleActions(t.Context(), scope.Cluster); err != nil {
		t.Fatal(err)
	}
	if calls := w.account.Calls(); len(calls) != 1 {
		t.Errorf("%d calls, want one", len(calls))
	}
}

func TestTheClusterRolesPermissionsAreAskedApartWhereIAMWantsIt(t *testing.T) {
	const denied = "ec2:DeleteNetworkInterface"
	for name, tt := range map[string]struct {
		refuse func(actions, resources []string) bool
		fails  bool
	}{
		"two resources are refused together": {refuse: func(_, resources []string) bool { return len(resources) > 1 }},
		"actions are refused together":       {refuse: func(actions, _ []string) bool { return len(actions) > 1 }},
		"everything is refused":              {refuse: func([]string, []string) bool { return true }, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &simulator{refuse: tt.refuse, denied: denied, asked: map[string]int{}}
			server := httptest.NewServer(s)
			defer server.Close()
			got, err := New(testConfig(server.URL)).clusterRoleActions(t.Context(), world.Cluster{Name: workshop, RoleARN: clusterRoleARN})
			if (err != nil) != tt.fails {
				t.Fatalf("error = %v", err)
			}
			if tt.fails {
				return
			}
			if len(got.denied) != 1 || got.denied[denied] != world.DeniedByNoAllow || len(got.allowed) != len(world.ControllerActions())+len(world.ClusterPolicyActions())-1 {
				t.Errorf("allowed %v, denied %v", got.allowed, got.denied)
			}
		})
	}
}

func TestARoleThatIsNoARNIsTheGapOfItsPermissions(t *testing.T) {
	_, err := New(testConfig("http://127.0.0.1:1")).clusterRoleActions(t.Context(), world.Cluster{RoleARN: "eks-role"})
	if err == nil || !strings.Contains(err.Error(), "eks-role") {
		t.Errorf("error = %v", err)
	}
}
