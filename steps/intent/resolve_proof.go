package intent

import (
	"cmp"
	"fmt"
	"slices"

	"podsg/steps/world"
)

// probe settles what podsg's own pods are made with.
func (r *Resolver) probe() {
	want := r.In.Probe
	r.T.ProbeImage = want.Image
	r.text("probe.image", &r.T.ProbeImage, PostgreSQL().ClientImage(r.T.DB.EngineVersion))
	r.T.ProbePullSecret, r.T.ProbeNodeSelector, r.T.ProbeTolerations = want.PullSecret, want.NodeSelector, want.Tolerations
}

// testPods settles which labels the red pod carries, and refuses what no test
// pod could prove: it is known before anything is made.
func (r *Resolver) testPods() error {
	if r.diagnosing {
		return nil
	}
	if r.T.Verify || r.T.Seed {
		if err := r.greenIsSelected(); err != nil {
			return err
		}
	}
	if r.T.Verify {
		r.redLabels()
	}
	return r.foreignTestObjects()
}

// greenIsSelected refuses selectors that ask for what no pod can have.
func (r *Resolver) greenIsSelected() error {
	const hint = "correct the selector, or leave out what needs such a pod: --verify=false --seed=false"
	ok, err := r.T.Selector.Matches(TestLabels("green", r.T.GreenLabels()))
	if err != nil || !ok {
		return world.Usage(hint, "policy.podSelector: no labels were found that %q selects, so no pod could play the green one", r.T.Selector)
	}
	ok, err = r.T.SASelector.Matches(GreenAccountLabels(r.T.SASelector))
	if err != nil || !ok {
		return world.Usage(hint, "policy.serviceAccountSelector: no labels were found that %q selects, so no service account could be the green pod's", r.T.SASelector)
	}
	return nil
}

// redLabels chooses labels that no policy selects. Where every pod is selected
// there is no red pod, and nothing to prove.
func (r *Resolver) redLabels() {
	own := world.PodPolicy{ObjectFacts: world.ObjectFacts{Name: r.T.PolicyName}, PodSelector: r.T.Selector, ServiceAccountSelector: r.T.SASelector, GroupIDs: []string{"sg"}}
	policies := []world.PodPolicy{own}
	for _, p := range r.S.Kube.Policies {
		if p.Namespace == r.T.Namespace && p.Name != r.T.PolicyName {
			policies = append(policies, p)
		}
	}
	account := r.S.AccountLabels()["default"]
	var selecting []string
	for i := range policies {
		for _, labels := range world.UnselectedLabels(policies[i].PodSelector, map[string]string{"app": RedLabel}) {
			_, matched, _ := world.MatchPolicies(policies, TestLabels("red", labels), account)
			if len(matched) == 0 {
				r.T.RedLabels = labels
				return
			}
			selecting = matched
		}
	}
	r.T.Verify = false
	why := "the selector catches every pod of the namespace, so no pod could play the red one"
	if !slices.Contains(selecting, r.T.PolicyName) {
		why = fmt.Sprintf("policy %s catches every pod of namespace %s, so no pod could play the red one", selecting[0], r.T.Namespace)
	}
	r.from("verify", "discovered", why)
}

// foreignTestObjects refuses names that the test's objects need and that objects
// have which podsg did not make, such as those of an older workshop.
func (r *Resolver) foreignTestObjects() error {
	var kind, name string
	found := func(k, n string) { kind, name = cmp.Or(kind, k), cmp.Or(name, n) }
	if r.T.Verify {
		for _, n := range []string{GreenLabel, RedLabel} {
			if w, ok := r.S.Workload("Deployment", r.T.Namespace, n); ok && !w.Owned {
				found("deployment", n)
			}
		}
	}
	if r.T.Verify || r.T.Seed {
		if cm := r.S.Kube.CAConfigMap; cm != nil && !cm.Owned && r.T.TLSMode == TLSVerifyFull {
			found("configmap", CAConfigMap)
		}
		if a, ok := r.S.AccountLabels()[GreenLabel]; ok && a[world.LabelManagedBy] != world.ManagedBy && r.T.SASelector != nil {
			found("serviceaccount", GreenLabel)
		}
	}
	if name == "" {
		return nil
	}
	return &world.Problem{
		Kind:    world.ProblemUsage,
		Err:     fmt.Errorf("%s %s/%s exists and was not made by podsg, which needs the name for its test", kind, r.T.Namespace, name),
		Hint:    "delete it if it is not needed; or choose another namespace with --namespace, or do without the test: --verify=false --seed=false",
		Command: fmt.Sprintf("kubectl -n %s delete %s %s", r.T.Namespace, kind, name),
	}
}
