package acceptance

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"podsg/sandbox/cloud"
	"podsg/sandbox/kubeapi/faults"
)

func TestThePermissionsThatArePrintedAreEnough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode     string
		scenario string
		commands func(*lab) [][]string
	}{
		{mode: "read", scenario: "workshop", commands: func(l *lab) [][]string {
			l.podsg("setup", "--yes").exits(0)
			return [][]string{{"plan"}, {"diagnose"}, {"bundle"}, {"watch", "--once"}, {"explain", "--labels", "app=green-pod"}}
		}},
		{mode: "write", scenario: "workshop", commands: func(*lab) [][]string {
			return [][]string{{"setup", "--yes"}, {"cleanup", "--yes"}}
		}},
		{mode: "write", scenario: "self-managed-cni", commands: func(*lab) [][]string {
			return [][]string{{"setup", "--yes", "--service-account-selector", "db=yes"}, {"cleanup", "--yes"}}
		}},
		{mode: "write", scenario: "existing-db", commands: func(l *lab) [][]string {
			return [][]string{{"setup", "--yes", "--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret()}, {"cleanup", "--yes"}}
		}},
	} {
		t.Run(c.mode+" in "+c.scenario, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, c.scenario)
			commands := c.commands(l)
			l.Account().ForgetCalls()
			earlier := len(l.Kube().Calls())
			for _, args := range commands {
				l.podsg(args...).exits(0)
			}
			allowed := policyActions(t, l.podsg("permissions", "-o", "iam", "--mode", c.mode).exits(0).stdout)
			for _, call := range l.Account().Calls() {
				if action := call.Service + ":" + call.Action; call.Caller == l.Account().CallerARN() && !allowed[action] {
					t.Errorf("the IAM policy does not allow %s", action)
				}
			}
			grants := readRBAC(t, l.podsg("permissions", "-o", "rbac", "--mode", c.mode).exits(0).stdout)
			denied := map[string]bool{}
			calls := l.Kube().Calls()[earlier:]
			for _, call := range calls {
				if !strings.HasPrefix(call.Resource, "/") && !strings.HasPrefix(call.Resource, "selfsubject") &&
					!grants.allow(call.Verb, call.Resource, call.Namespace, call.Name) {
					denied[strings.TrimSpace(call.Verb+" "+call.Resource+" "+call.Namespace)] = true
				}
			}
			if len(denied) > 0 {
				t.Errorf("the roles do not allow:\n%s", strings.Join(slices.Sorted(maps.Keys(denied)), "\n"))
			}
			if len(calls) < 50 || len(l.Account().Calls()) < 20 {
				t.Error("there were hardly any calls to look at")
			}
		})
	}
}

func TestWhatOnlyReadsNeedsNoPermissionToChange(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.podsg("setup", "--yes").exits(0)
	read := policyActions(t, l.podsg("permissions", "-o", "iam", "--mode", "read").exits(0).stdout)
	write := policyActions(t, l.podsg("permissions", "-o", "iam", "--mode", "write").exits(0).stdout)
	var denied []string
	for action := range write {
		if !read[action] {
			denied = append(denied, action)
		}
	}
	l.Account().Deny(denied...)
	l.podsg("plan").exits(0)
	l.podsg("diagnose").exits(0)
	for action := range read {
		if !strings.HasPrefix(action, "sts:") && strings.ContainsAny(action, "*") {
			t.Errorf("the action %s is a pattern", action)
		}
	}
}

// policyActions are the actions that an IAM policy allows.
func policyActions(t *testing.T, document string) map[string]bool {
	t.Helper()
	var policy struct {
		Statement []struct {
			Effect string
			Action []string
		}
	}
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, s := range policy.Statement {
		for _, action := range s.Action {
			out[action] = s.Effect == "Allow"
		}
	}
	return out
}

// roles are rules by namespace; those of the whole cluster have none.
type roles map[string][]rbacv1.PolicyRule

func readRBAC(t *testing.T, documents string) roles {
	t.Helper()
	out := roles{}
	for _, document := range strings.Split(documents, "\n---\n") {
		var role rbacv1.Role
		if err := yaml.Unmarshal([]byte(document), &role); err != nil {
			t.Fatal(err)
		}
		if role.Kind == "Role" || role.Kind == "ClusterRole" {
			out[role.Namespace] = append(out[role.Namespace], role.Rules...)
		}
	}
	return out
}

// allow decides as Kubernetes' RBAC authorizer does. A namespace is, for its
// own object, the namespace that is asked about.
func (r roles) allow(verb, resource, namespace, name string) bool {
	plain, group, _ := strings.Cut(resource, ".")
	if sub := strings.Index(group, "/"); sub >= 0 {
		plain, group = plain+group[sub:], group[:sub]
	}
	for _, rule := range slices.Concat(r[""], r[namespace]) {
		if slices.Contains(rule.Verbs, verb) && slices.Contains(rule.APIGroups, group) && slices.Contains(rule.Resources, plain) &&
			(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, name)) {
			return true
		}
	}
	return false
}

func TestMissingPermissionsAreSaidTogether(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	denied := []string{"ec2:DescribeSubnets", "rds:DescribeDBInstances", "eks:DescribeAddon", "iam:ListAttachedRolePolicies"}
	l.Account().Deny(denied...)
	for _, command := range [][]string{{"plan"}, {"setup", "--yes"}} {
		o := l.podsg(command...).exits(4).says(denied...)
		_, try, _ := strings.Cut(o.stderr, "try: podsg ")
		try, _, _ = strings.Cut(try, "\n")
		allowed := policyActions(t, l.podsg(strings.Fields(try)...).exits(0).stdout)
		for _, action := range denied {
			if !allowed[action] {
				t.Errorf("%s: the policy that %q prints lacks %s", command, try, action)
			}
		}
		if len(allowed) > len(denied) {
			t.Errorf("%s: the policy allows more than is missing: %v", command, allowed)
		}
	}
	l.podsg("permissions", "-o", "iam", "--only", "ec2:RunInstances").exits(2).says("does not use")
}

func TestADenialByTheOrganizationIsForItsAdministrators(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.Account().InjectFault(cloud.Fault{Action: "ec2:DescribeSubnets", Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation. " +
		"User: arn:aws:iam::111122223333:user/x is not authorized to perform: ec2:DescribeSubnets with an explicit deny in a service control policy"})
	o := l.podsg("plan").exits(4).says("administrator of the organization")
	if strings.Contains(o.stderr, "podsg permissions") {
		t.Errorf("it prints a policy that does not help:\n%s", o.stderr)
	}
}

func TestAMissingRightInTheClusterIsAnsweredWithTheRole(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.Kube().InjectFault(faults.Fault{Verb: "list", Resource: "nodes", Status: http.StatusForbidden,
		Message: `nodes is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope`})
	o := l.podsg("plan").exits(4).says("list nodes", "podsg permissions -o rbac")
	if strings.Contains(o.stderr, "-o iam") {
		t.Errorf("it prints a policy of IAM:\n%s", o.stderr)
	}
}
