package steps

import (
	"cmp"
	"fmt"
	"slices"
)

// testPods settles which labels the red pod carries, and refuses what no test
// pod could prove: it is known before anything is made.
func (r *resolver) testPods() error {
	if r.diagnosing {
		return nil
	}
	if r.t.Verify || r.t.Seed {
		if err := r.greenIsSelected(); err != nil {
			return err
		}
	}
	if r.t.Verify {
		r.redLabels()
	}
	return r.foreignTestObjects()
}

// greenIsSelected refuses selectors that ask for what no pod can have.
func (r *resolver) greenIsSelected() error {
	const hint = "correct the selector, or leave out what needs such a pod: --verify=false --seed=false"
	ok, err := r.t.Selector.Matches(testLabels("green", r.t.greenLabels()))
	if err != nil || !ok {
		return Usage(hint, "policy.podSelector: no labels were found that %q selects, so no pod could play the green one", r.t.Selector)
	}
	ok, err = r.t.SASelector.Matches(greenAccountLabels(r.t.SASelector))
	if err != nil || !ok {
		return Usage(hint, "policy.serviceAccountSelector: no labels were found that %q selects, so no service account could be the green pod's", r.t.SASelector)
	}
	return nil
}

// redLabels chooses labels that no policy selects. Where every pod is selected
// there is no red pod, and nothing to prove.
func (r *resolver) redLabels() {
	own := PodPolicy{ObjectFacts: ObjectFacts{Name: r.t.PolicyName}, PodSelector: r.t.Selector, ServiceAccountSelector: r.t.SASelector, GroupIDs: []string{"sg"}}
	policies := []PodPolicy{own}
	for _, p := range r.s.Kube.Policies {
		if p.Namespace == r.t.Namespace && p.Name != r.t.PolicyName {
			policies = append(policies, p)
		}
	}
	account := r.s.accountLabels()["default"]
	var selecting []string
	for i := range policies {
		for _, labels := range unselectedLabels(policies[i].PodSelector, map[string]string{"app": RedLabel}) {
			_, matched, _ := MatchPolicies(policies, testLabels("red", labels), account)
			if len(matched) == 0 {
				r.t.redLabels = labels
				return
			}
			selecting = matched
		}
	}
	r.t.Verify = false
	why := "the selector catches every pod of the namespace, so no pod could play the red one"
	if !slices.Contains(selecting, r.t.PolicyName) {
		why = fmt.Sprintf("policy %s catches every pod of namespace %s, so no pod could play the red one", selecting[0], r.t.Namespace)
	}
	r.from("verify", "discovered", why)
}

// foreignTestObjects refuses names that the test's objects need and that objects
// have which podsg did not make, such as those of an older workshop.
func (r *resolver) foreignTestObjects() error {
	var kind, name string
	found := func(k, n string) { kind, name = cmp.Or(kind, k), cmp.Or(name, n) }
	if r.t.Verify {
		for _, n := range []string{GreenLabel, RedLabel} {
			if w, ok := r.s.workload("Deployment", r.t.Namespace, n); ok && !w.Owned {
				found("deployment", n)
			}
		}
	}
	if r.t.Verify || r.t.Seed {
		if cm := r.s.Kube.CAConfigMap; cm != nil && !cm.Owned && r.t.TLSMode == TLSVerifyFull {
			found("configmap", caConfigMap)
		}
		if a, ok := r.s.accountLabels()[GreenLabel]; ok && a[LabelManagedBy] != ManagedBy && r.t.SASelector != nil {
			found("serviceaccount", GreenLabel)
		}
	}
	if name == "" {
		return nil
	}
	return &Problem{
		Kind:    ProblemUsage,
		Err:     fmt.Errorf("%s %s/%s exists and was not made by podsg, which needs the name for its test", kind, r.t.Namespace, name),
		Hint:    "delete it if it is not needed; or choose another namespace with --namespace, or do without the test: --verify=false --seed=false",
		Command: fmt.Sprintf("kubectl -n %s delete %s %s", r.t.Namespace, kind, name),
	}
}
