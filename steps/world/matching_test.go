package world

import (
	"errors"
	"slices"
	"testing"
)

func TestMatchPoliciesDecidesAsTheWebhookDoes(t *testing.T) {
	byApp := func(app string) *Selector { return &Selector{MatchLabels: map[string]string{"app": app}} }
	policy := func(name string, pod, account *Selector, groups ...string) PodPolicy {
		return PodPolicy{ObjectFacts: ObjectFacts{Name: name}, PodSelector: pod, ServiceAccountSelector: account, GroupIDs: groups}
	}
	expression := func(operator string, values ...string) *Selector {
		return &Selector{MatchExpressions: []SelectorRequirement{{Key: "app", Operator: operator, Values: values}}}
	}
	green, red := map[string]string{"app": "green-pod"}, map[string]string{"app": "red-pod"}
	payer := map[string]string{"role": "payer"}

	tests := map[string]struct {
		policies    []PodPolicy
		pod, sa     map[string]string
		wantGroups  []string
		wantMatched []string
		wantInvalid []string
	}{
		"a pod whose labels the podSelector names gets the group": {
			policies:   []PodPolicy{policy("p", byApp("green-pod"), nil, "sg-1")},
			pod:        green,
			wantGroups: []string{"sg-1"}, wantMatched: []string{"p"},
		},
		"a pod with other labels gets none": {
			policies: []PodPolicy{policy("p", byApp("green-pod"), nil, "sg-1")},
			pod:      red,
		},
		"both selectors must match": {
			policies: []PodPolicy{policy("p", byApp("green-pod"), &Selector{MatchLabels: payer}, "sg-1")},
			pod:      green,
		},
		"both selectors match": {
			policies:   []PodPolicy{policy("p", byApp("green-pod"), &Selector{MatchLabels: payer}, "sg-1")},
			pod:        green,
			sa:         payer,
			wantGroups: []string{"sg-1"}, wantMatched: []string{"p"},
		},
		"a serviceAccountSelector alone takes any pod of the account": {
			policies:   []PodPolicy{policy("p", nil, &Selector{MatchLabels: payer}, "sg-1")},
			pod:        red,
			sa:         payer,
			wantGroups: []string{"sg-1"}, wantMatched: []string{"p"},
		},
		"an empty selector takes every pod": {
			policies:   []PodPolicy{policy("p", &Selector{}, nil, "sg-1")},
			pod:        nil,
			wantGroups: []string{"sg-1"}, wantMatched: []string{"p"},
		},
		"several policies add up, each group once": {
			policies: []PodPolicy{
				policy("a", byApp("green-pod"), nil, "sg-2", "sg-1"),
				policy("b", &Selector{}, nil, "sg-1", "sg-3"),
				policy("c", byApp("red-pod"), nil, "sg-4"),
			},
			pod:        green,
			wantGroups: []string{"sg-2", "sg-1", "sg-3"}, wantMatched: []string{"a", "b"},
		},
		"a policy without a selector or without groups is ignored": {
			policies:    []PodPolicy{policy("blind", nil, nil, "sg-1"), policy("empty", &Selector{}, nil)},
			pod:         green,
			wantInvalid: []string{"blind", "empty"},
		},
		"an operator that Kubernetes does not know matches nothing": {
			policies:    []PodPolicy{policy("typo", expression("in", "green-pod"), nil, "sg-1")},
			pod:         green,
			wantInvalid: []string{"typo"},
		},
		"In without values matches nothing": {
			policies:    []PodPolicy{policy("p", expression("In"), nil, "sg-1")},
			pod:         green,
			wantInvalid: []string{"p"},
		},
		"DoesNotExist takes a pod without the label": {
			policies:   []PodPolicy{policy("p", expression("DoesNotExist"), nil, "sg-1")},
			pod:        payer,
			wantGroups: []string{"sg-1"}, wantMatched: []string{"p"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			groups, matched, invalid := MatchPolicies(tt.policies, tt.pod, tt.sa)
			if !slices.Equal(groups, tt.wantGroups) || !slices.Equal(matched, tt.wantMatched) {
				t.Errorf("got groups %v of policies %v, want %v of %v", groups, matched, tt.wantGroups, tt.wantMatched)
			}
			for _, name := range tt.wantInvalid {
				if invalid[name] == nil {
					t.Errorf("policy %q is not reported as invalid", name)
				}
			}
			if len(invalid) != len(tt.wantInvalid) {
				t.Errorf("got invalid policies %v, want %v", invalid, tt.wantInvalid)
			}
		})
	}
}

func TestIgnoredPolicySaysWhy(t *testing.T) {
	_, _, invalid := MatchPolicies([]PodPolicy{{ObjectFacts: ObjectFacts{Name: "p"}, GroupIDs: []string{"sg-1"}}}, nil, nil)
	if !errors.Is(invalid["p"], ErrNoSelector) {
		t.Errorf("got %v, want %v", invalid["p"], ErrNoSelector)
	}
}
