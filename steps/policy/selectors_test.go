package policy

import (
	"fmt"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestAPolicyInAnotherNamespaceIsFound(t *testing.T) {
	elsewhere := onPolicy(func(p *world.PodPolicy) { p.Namespace, p.Name = "elsewhere", "allow" })
	forOthers := func(s *world.Snapshot) {
		s.Kube.Pods[0].Labels = labels("db", "yes")
		besides(func(p *world.PodPolicy) {
			p.Namespace, p.Name, p.PodSelector = "elsewhere", "db", &world.Selector{MatchLabels: labels("db", "yes")}
		})(s)
	}
	checktest.Table(t, Checks, "D46", map[string]checktest.Case{
		"the policy is in the namespace of the pods": {},
		"it is in another namespace":                 {Edit: elsewhere, Want: check.Fail, Says: "policy allow selects app=green-pod, but is in namespace elsewhere"},
		"one elsewhere would select the pods, and none of their own": {
			Edit: forOthers, Want: check.Warn, Says: "would select green",
		},
		"one elsewhere has pods of its own": {Edit: also(forOthers, func(s *world.Snapshot) {
			p := s.Kube.Pods[0]
			p.Namespace = "elsewhere"
			s.Kube.Pods = append(s.Kube.Pods, p)
		})},
		"the same labels and a policy in another namespace": {Edit: besides(func(p *world.PodPolicy) { p.Namespace = "elsewhere" })},
		"not all policies are known": {Edit: also(elsewhere, func(s *world.Snapshot) {
			s.Kube.Partial = map[world.Fact]string{world.FactPolicies: "only some namespaces"}
		})},
	})
}

func TestPodsGetNoMoreGroupsThanAnInterfaceMayHave(t *testing.T) {
	some := func(n int) []string {
		out := []string{"sg-pods"}
		for i := 1; i < n; i++ {
			out = append(out, fmt.Sprintf("sg-%d", i))
		}
		return out
	}
	checktest.Table(t, Checks, "D53", map[string]checktest.Case{
		"one":       {},
		"five":      {Edit: groups(some(5)...)},
		"six":       {Edit: groups(some(6)...), Want: check.Warn, Says: "policy " + intent.DefaultPolicyName + " gives 6, and a network interface may have 5 unless the account's quota was raised"},
		"seventeen": {Edit: groups(some(17)...), Want: check.Fail, Says: "no network interface can have more than 16"},
		"six by two policies": {
			Edit: besides(func(p *world.PodPolicy) { p.GroupIDs = some(6)[1:] }), Want: check.Warn, Says: "policies " + intent.DefaultPolicyName + ", other together give 6",
		},
		"eight, and an interface has as many": {
			Edit: also(groups(some(8)...), func(s *world.Snapshot) { s.Cloud.Interfaces[0].Groups = some(8) }),
		},
		"six, and interfaces are not known": {
			Edit: also(groups(some(6)...), without(world.FactInterfaces)), Want: check.Warn, Says: "whether an interface has more by now: network interfaces not observed",
		},
		"more than the definition allows": {
			Edit: also(groups(some(4)...), func(s *world.Snapshot) { s.Kube.Admission.MaxGroups = 3 }), Want: check.Warn, Says: "the cluster accepts 3",
		},
		"there is no policy": {Edit: gone},
	})
}

func TestAServiceAccountHasTheSelectedLabels(t *testing.T) {
	checktest.Table(t, Checks, "D50", map[string]checktest.Case{
		"the policy does not ask for any": {},
		"one has":                         {Edit: also(accountSelector("team", "shop"), serviceAccounts(world.ServiceAccount{Name: "shop", Labels: labels("team", "shop")}))},
		"none has": {
			Edit: also(accountSelector("app", "orders"), serviceAccounts(world.ServiceAccount{Name: "default"})), Want: check.Warn, Says: "service account default: no labels",
		},
		"one is called so": {
			Edit: also(accountSelector("app", "orders"), serviceAccounts(world.ServiceAccount{Name: "default"}, world.ServiceAccount{Name: "orders"})),
			Want: check.Fail, Says: "label serviceaccount orders app=orders",
		},
		"they are not known": {Edit: also(accountSelector("app", "orders"), without(world.FactNamespace)), Want: check.Skip, Says: "access denied"},
	})
}

func TestPodsMatchBothSelectors(t *testing.T) {
	both := also(accountSelector("team", "shop"), serviceAccounts(world.ServiceAccount{Name: "default"}, world.ServiceAccount{Name: "shop", Labels: labels("team", "shop")}))
	checktest.Table(t, Checks, "D49", map[string]checktest.Case{
		"there is one selector":   {},
		"a pod matches both":      {Edit: also(both, onPod(func(p *world.Pod) { p.ServiceAccount = "shop" }))},
		"a pod matches the first": {Edit: both, Want: check.Warn, Says: "only the podSelector selects green (service account default)"},
		"a pod matches the second": {
			Edit: also(both, onPod(func(p *world.Pod) { p.ServiceAccount, p.Labels = "shop", nil })), Want: check.Warn, Says: "only the serviceAccountSelector selects green (service account shop)",
		},
		"a pod matches none":       {Edit: also(both, onPod(func(p *world.Pod) { p.Labels = nil }))},
		"no account has the label": {Edit: also(both, serviceAccounts())},
		"pods are not known":       {Edit: also(both, without(world.FactPods)), Want: check.Skip, Says: "access denied"},
	})
}
