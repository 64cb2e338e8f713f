package steps

import (
	"strings"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/probe"
	"podsg/steps/world"
)

func exists(key string) world.SelectorRequirement {
	return world.SelectorRequirement{Key: key, Operator: "Exists"}
}

func TestTheTestPodsAreOneThatThePolicySelectsAndOneThatItDoesNot(t *testing.T) {
	t.Parallel()
	not := func(key string, values ...string) world.SelectorRequirement {
		return world.SelectorRequirement{Key: key, Operator: "NotIn", Values: values}
	}
	absent := func(key string) world.SelectorRequirement {
		return world.SelectorRequirement{Key: key, Operator: "DoesNotExist"}
	}
	expressions := func(e ...world.SelectorRequirement) *world.Selector { return &world.Selector{MatchExpressions: e} }
	for name, x := range map[string]struct {
		policy intent.PolicyIntent
		others []world.PodPolicy
		noRed  string // why there is no red pod; empty: there is one
	}{
		"by default": {},
		"every pod with the label that red would have":   {policy: intent.PolicyIntent{PodSelector: expressions(exists("app"))}},
		"every pod but one app":                          {policy: intent.PolicyIntent{PodSelector: expressions(not("app", "x"))}},
		"every pod without the label":                    {policy: intent.PolicyIntent{PodSelector: expressions(absent("app"))}},
		"values of which one is excluded":                {policy: intent.PolicyIntent{PodSelector: expressions(world.SelectorRequirement{Key: "tier", Operator: "In", Values: []string{"a", "b"}}, not("tier", "a"))}},
		"labels and any service account":                 {policy: intent.PolicyIntent{PodSelector: &world.Selector{MatchLabels: map[string]string{"db": "yes"}}, ServiceAccountSelector: &world.Selector{}}},
		"every pod of some service accounts":             {policy: intent.PolicyIntent{PodSelector: &world.Selector{}, ServiceAccountSelector: &world.Selector{MatchLabels: map[string]string{"team": "a"}}}},
		"service accounts that the default one is among": {policy: intent.PolicyIntent{ServiceAccountSelector: expressions(absent("team"))}, noRed: "catches every pod"},
		"every pod": {policy: intent.PolicyIntent{PodSelector: &world.Selector{}, AllowEmptySelector: true}, noRed: "the selector catches every pod"},
		"another policy selects every pod that red could be": {
			others: []world.PodPolicy{{ObjectFacts: world.ObjectFacts{Name: "all", Namespace: intent.DefaultNamespace}, PodSelector: &world.Selector{}, GroupIDs: []string{"sg-1"}}},
			noRed:  "policy all catches every pod",
		},
		"another policy selects red's usual label": {
			others: []world.PodPolicy{{ObjectFacts: world.ObjectFacts{Name: "apps", Namespace: intent.DefaultNamespace}, PodSelector: expressions(exists("app")), GroupIDs: []string{"sg-1"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			s.Kube.Policies, s.Kube.Workloads = x.others, nil
			target, _, err := intent.Resolve(s, intent.Intent{Cluster: "workshop", Policy: x.policy})
			if err != nil {
				t.Fatal(err)
			}
			if target.Verify != (x.noRed == "") || !strings.Contains(target.Sources["verify"].Detail, x.noRed) {
				t.Fatalf("verify %t: %q", target.Verify, target.Sources["verify"].Detail)
			}
			policies := append([]world.PodPolicy{{PodSelector: target.Selector, ServiceAccountSelector: target.SASelector, GroupIDs: []string{"sg-pods"}}}, x.others...)
			if !target.Demo() {
				policies = append(policies, world.PodPolicy{PodSelector: target.ProbeSelector(), GroupIDs: []string{"sg-pods"}})
			}
			selected := func(role string) bool {
				groups, _, _ := world.MatchPolicies(policies, podLabels(t, probe.Probe(&target, role)), nil)
				return len(groups) > 0
			}
			for _, role := range []string{"green", "relay", "seed"} {
				if !selected(role) {
					t.Errorf("%s is not selected: %v", role, podLabels(t, probe.Probe(&target, role)))
				}
			}
			if target.Verify && selected("red") {
				t.Errorf("red is selected: %v", podLabels(t, probe.Probe(&target, "red")))
			}
		})
	}
}

func podLabels(t *testing.T, p probe.ProbePod) map[string]string {
	t.Helper()
	out := map[string]string{}
	for k, v := range p.Template()["metadata"].(map[string]any)["labels"].(map[string]any) {
		out[k] = v.(string)
	}
	return out
}

func TestASelectorThatNoPodCanSatisfyIsRefused(t *testing.T) {
	t.Parallel()
	s := setUpWorld()
	s.Kube.Policies = nil
	never := &world.Selector{MatchLabels: map[string]string{"app": "a"}, MatchExpressions: []world.SelectorRequirement{{Key: "app", Operator: "NotIn", Values: []string{"a"}}}}
	if _, _, err := intent.Resolve(s, intent.Intent{Cluster: "workshop", Policy: intent.PolicyIntent{PodSelector: never}}); world.KindOf(err) != world.ProblemUsage {
		t.Errorf("%v", err)
	}
}

func TestNamesOfTheTestThatOthersUseAreRefusedBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	no := false
	for name, x := range map[string]struct {
		take  func(s *world.Snapshot)
		in    intent.Intent
		names string // empty: it is not in the way
	}{
		"a Deployment of an old workshop": {take: func(s *world.Snapshot) { s.Kube.Workloads[0].Name = "green-pod" }, names: "deployment sg-per-pod/green-pod"},
		"the red one":                     {take: func(s *world.Snapshot) { s.Kube.Workloads[0].Name = "red-pod" }, names: "deployment sg-per-pod/red-pod"},
		"a Deployment that podsg made":    {take: func(s *world.Snapshot) { s.Kube.Workloads[0].Name, s.Kube.Workloads[0].Owned = "green-pod", true }},
		"a StatefulSet is no Deployment": {take: func(s *world.Snapshot) {
			s.Kube.Workloads[0].Name, s.Kube.Workloads[0].Kind = "green-pod", "StatefulSet"
		}},
		"a ConfigMap":                            {take: func(s *world.Snapshot) { s.Kube.CAConfigMap = &world.ObjectFacts{Name: intent.CAConfigMap} }, names: "configmap sg-per-pod/podsg-rds-ca"},
		"a Deployment, but no test is asked for": {take: func(s *world.Snapshot) { s.Kube.Workloads[0].Name = "green-pod" }, in: intent.Intent{Verify: &no}},
		"a policy that is not podsg's own": {
			take: func(s *world.Snapshot) {
				s.Kube.Policies = []world.PodPolicy{{ObjectFacts: world.ObjectFacts{Namespace: intent.DefaultNamespace, Name: "api-probe"}}}
			},
			in:    intent.Intent{Policy: intent.PolicyIntent{Name: "api", PodSelector: &world.Selector{MatchLabels: map[string]string{"app": "api"}}}},
			names: "securitygrouppolicy sg-per-pod/api-probe",
		},
		"the demo's Deployment, beside pods of the user's": {
			take: func(s *world.Snapshot) { s.Kube.Workloads[0].Name = "green-pod" },
			in:   intent.Intent{Policy: intent.PolicyIntent{Name: "api", PodSelector: &world.Selector{MatchLabels: map[string]string{"app": "api"}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			x.take(s)
			x.in.Cluster = "workshop"
			_, _, err := intent.Resolve(s, x.in)
			if x.names == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if world.KindOf(err) != world.ProblemUsage || !strings.Contains(err.Error(), x.names) {
				t.Fatalf("%v, want a refusal of %s", err, x.names)
			}
			if _, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "workshop"}); err != nil {
				t.Errorf("a diagnosis minds as well: %v", err)
			}
		})
	}
}

func TestAPolicyIsProvenOnlyWithAServiceAccountThatItSelects(t *testing.T) {
	t.Parallel()
	team := &world.Selector{MatchLabels: map[string]string{"team": "a"}}
	for name, x := range map[string]struct {
		accounts []world.ServiceAccount
		want     string
	}{
		"one that is there":         {accounts: []world.ServiceAccount{{Name: "default"}, {Name: "api", Labels: team.MatchLabels}}, want: "api"},
		"none, where none is there": {accounts: []world.ServiceAccount{{Name: "default"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			s.Kube.Policies, s.Kube.ServiceAccounts = nil, x.accounts
			in := intent.Intent{Cluster: "workshop", Policy: intent.PolicyIntent{PodSelector: &world.Selector{MatchLabels: map[string]string{"db": "yes"}}, ServiceAccountSelector: team}}
			target, _, err := intent.Resolve(s, in)
			if err != nil {
				t.Fatal(err)
			}
			p := &plan.Plan{}
			policy.Step.Plan(s, &target, p)
			c, _ := p.Change(plan.ChangePolicy)
			if got := c.Action.(policy.ApplyPolicy).ServiceAccount; got != x.want {
				t.Errorf("proven with %q, want %q", got, x.want)
			}
		})
	}
}
