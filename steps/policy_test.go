package steps

import (
	"strings"
	"testing"
	"time"
)

func TestASelectedPodWithoutABranchENIIsNamedWithTheReason(t *testing.T) {
	policyMade := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		made time.Time
		want string
	}{
		"it is older than the policy":                                     {policyMade.Add(-3 * time.Minute), "green was created 3m0s before it"},
		"both are of one second, which is all that is told":               {policyMade, "green was created in the same second"},
		"it is younger: its label came later, or the webhook failed open": {policyMade.Add(time.Minute), "green was created 1m0s after it"},
	} {
		t.Run(name, func(t *testing.T) {
			selector := &Selector{MatchLabels: map[string]string{"app": "green-pod"}}
			policy := PodPolicy{ObjectFacts: ObjectFacts{Name: "allow", Namespace: "shop", CreatedAt: policyMade}, PodSelector: selector, GroupIDs: []string{"sg-1"}}
			s := &Snapshot{}
			s.Kube.Pods = []Pod{
				{ObjectFacts: ObjectFacts{Name: "green", Namespace: "shop", Labels: selector.MatchLabels, CreatedAt: c.made}, ENILimitOn: -1},
				{ObjectFacts: ObjectFacts{Name: "good", Namespace: "shop", Labels: selector.MatchLabels, CreatedAt: policyMade}},
			}
			f := &findings{s: s, t: &Target{}}
			checkPolicyPods(f, policy)
			got := f.out[len(f.out)-1]
			if got.ID != checkOldPods.id || got.Status != Fail || len(got.Evidence) != 1 || !strings.HasPrefix(got.Evidence[0], c.want) {
				t.Errorf("finding %+v, want a failed %s that says %q", got, checkOldPods.id, c.want)
			}
		})
	}
}
