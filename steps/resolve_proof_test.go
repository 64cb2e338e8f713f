package steps

import (
	"strings"
	"testing"
)

func exists(key string) SelectorRequirement { return SelectorRequirement{Key: key, Operator: "Exists"} }

func TestTheTestPodsAreOneThatThePolicySelectsAndOneThatItDoesNot(t *testing.T) {
	t.Parallel()
	not := func(key string, values ...string) SelectorRequirement {
		return SelectorRequirement{Key: key, Operator: "NotIn", Values: values}
	}
	absent := func(key string) SelectorRequirement { return SelectorRequirement{Key: key, Operator: "DoesNotExist"} }
	expressions := func(e ...SelectorRequirement) *Selector { return &Selector{MatchExpressions: e} }
	for name, x := range map[string]struct {
		policy PolicyIntent
		others []PodPolicy
		noRed  string // why there is no red pod; empty: there is one
	}{
		"by default": {},
		"every pod with the label that red would have":   {policy: PolicyIntent{PodSelector: expressions(exists("app"))}},
		"every pod but one app":                          {policy: PolicyIntent{PodSelector: expressions(not("app", "x"))}},
		"every pod without the label":                    {policy: PolicyIntent{PodSelector: expressions(absent("app"))}},
		"values of which one is excluded":                {policy: PolicyIntent{PodSelector: expressions(SelectorRequirement{Key: "tier", Operator: "In", Values: []string{"a", "b"}}, not("tier", "a"))}},
		"labels and any service account":                 {policy: PolicyIntent{PodSelector: &Selector{MatchLabels: map[string]string{"db": "yes"}}, ServiceAccountSelector: &Selector{}}},
		"every pod of some service accounts":             {policy: PolicyIntent{PodSelector: &Selector{}, ServiceAccountSelector: &Selector{MatchLabels: map[string]string{"team": "a"}}}},
		"service accounts that the default one is among": {policy: PolicyIntent{ServiceAccountSelector: expressions(absent("team"))}, noRed: "catches every pod"},
		"every pod": {policy: PolicyIntent{PodSelector: &Selector{}, AllowEmptySelector: true}, noRed: "the selector catches every pod"},
		"another policy selects every pod that red could be": {
			others: []PodPolicy{{ObjectFacts: ObjectFacts{Name: "all", Namespace: DefaultNamespace}, PodSelector: &Selector{}, GroupIDs: []string{"sg-1"}}},
			noRed:  "policy all catches every pod",
		},
		"another policy selects red's usual label": {
			others: []PodPolicy{{ObjectFacts: ObjectFacts{Name: "apps", Namespace: DefaultNamespace}, PodSelector: expressions(exists("app")), GroupIDs: []string{"sg-1"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			s.Kube.Policies, s.Kube.Workloads = x.others, nil
			target, _, err := Resolve(s, Intent{Cluster: "workshop", Policy: x.policy})
			if err != nil {
				t.Fatal(err)
			}
			if target.Verify != (x.noRed == "") || !strings.Contains(target.Sources["verify"].Detail, x.noRed) {
				t.Fatalf("verify %t: %q", target.Verify, target.Sources["verify"].Detail)
			}
			policies := append([]PodPolicy{{PodSelector: target.Selector, ServiceAccountSelector: target.SASelector, GroupIDs: []string{"sg-pods"}}}, x.others...)
			selected := func(role string, account map[string]string) bool {
				groups, _, _ := MatchPolicies(policies, podLabels(t, target.probe(role)), account)
				return len(groups) > 0
			}
			for _, role := range []string{"green", "relay", "seed"} {
				if !selected(role, greenAccountLabels(target.SASelector)) {
					t.Errorf("%s is not selected: %v", role, podLabels(t, target.probe(role)))
				}
			}
			if target.Verify && selected("red", nil) {
				t.Errorf("red is selected: %v", podLabels(t, target.probe("red")))
			}
		})
	}
}

func podLabels(t *testing.T, p probePod) map[string]string {
	t.Helper()
	out := map[string]string{}
	for k, v := range p.template()["metadata"].(map[string]any)["labels"].(map[string]any) {
		out[k] = v.(string)
	}
	return out
}

func TestASelectorThatNoPodCanSatisfyIsRefused(t *testing.T) {
	t.Parallel()
	s := setUpWorld()
	s.Kube.Policies = nil
	never := &Selector{MatchLabels: map[string]string{"app": "a"}, MatchExpressions: []SelectorRequirement{{Key: "app", Operator: "NotIn", Values: []string{"a"}}}}
	if _, _, err := Resolve(s, Intent{Cluster: "workshop", Policy: PolicyIntent{PodSelector: never}}); KindOf(err) != ProblemUsage {
		t.Errorf("%v", err)
	}
}

func TestNamesOfTheTestThatOthersUseAreRefusedBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	no := false
	for name, x := range map[string]struct {
		take  func(s *Snapshot)
		in    Intent
		names string // empty: it is not in the way
	}{
		"a Deployment of an old workshop":        {take: func(s *Snapshot) { s.Kube.Workloads[0].Name = "green-pod" }, names: "deployment sg-per-pod/green-pod"},
		"the red one":                            {take: func(s *Snapshot) { s.Kube.Workloads[0].Name = "red-pod" }, names: "deployment sg-per-pod/red-pod"},
		"a Deployment that podsg made":           {take: func(s *Snapshot) { s.Kube.Workloads[0].Name, s.Kube.Workloads[0].Owned = "green-pod", true }},
		"a StatefulSet is no Deployment":         {take: func(s *Snapshot) { s.Kube.Workloads[0].Name, s.Kube.Workloads[0].Kind = "green-pod", "StatefulSet" }},
		"a ConfigMap":                            {take: func(s *Snapshot) { s.Kube.CAConfigMap = &ObjectFacts{Name: caConfigMap} }, names: "configmap sg-per-pod/podsg-rds-ca"},
		"a Deployment, but no test is asked for": {take: func(s *Snapshot) { s.Kube.Workloads[0].Name = "green-pod" }, in: Intent{Verify: &no}},
		"a service account that is needed": {
			take: func(s *Snapshot) {
				s.Kube.ServiceAccounts, s.Kube.Policies = []ServiceAccount{{Name: "green-pod"}}, nil
			},
			in: Intent{Policy: PolicyIntent{ServiceAccountSelector: &Selector{MatchLabels: map[string]string{"team": "a"}}}}, names: "serviceaccount sg-per-pod/green-pod",
		},
		"a service account that is not needed": {take: func(s *Snapshot) { s.Kube.ServiceAccounts = []ServiceAccount{{Name: "green-pod"}} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			x.take(s)
			x.in.Cluster = "workshop"
			_, _, err := Resolve(s, x.in)
			if x.names == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if KindOf(err) != ProblemUsage || !strings.Contains(err.Error(), x.names) {
				t.Fatalf("%v, want a refusal of %s", err, x.names)
			}
			if _, err := ResolveForDiagnosis(s, Intent{Cluster: "workshop"}); err != nil {
				t.Errorf("a diagnosis minds as well: %v", err)
			}
		})
	}
}

func TestAPolicyIsProvenOnlyWithAServiceAccountThatItSelects(t *testing.T) {
	t.Parallel()
	no := false
	team := &Selector{MatchLabels: map[string]string{"team": "a"}}
	for name, x := range map[string]struct {
		accounts []ServiceAccount
		verify   *bool
		want     string
	}{
		"the test's own":                    {want: GreenLabel},
		"one that is there":                 {accounts: []ServiceAccount{{Name: "default"}, {Name: "api", Labels: team.MatchLabels}}, verify: &no, want: "api"},
		"none, where none is there or made": {accounts: []ServiceAccount{{Name: "default"}}, verify: &no},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			s.Kube.Policies, s.Kube.ServiceAccounts = nil, x.accounts
			in := Intent{Cluster: "workshop", Verify: x.verify, Policy: PolicyIntent{PodSelector: &Selector{MatchLabels: map[string]string{"db": "yes"}}, ServiceAccountSelector: team}}
			in.Database.Seed = x.verify
			target, _, err := Resolve(s, in)
			if err != nil {
				t.Fatal(err)
			}
			p := &Plan{}
			planPolicy(s, &target, p)
			c, _ := p.Change(changePolicy)
			if got := c.Action.(ApplyPolicy).ServiceAccount; got != x.want {
				t.Errorf("proven with %q, want %q", got, x.want)
			}
			if p.has(changeAccount) != (x.verify == nil) {
				t.Errorf("the plan makes a service account: %t", p.has(changeAccount))
			}
		})
	}
}
