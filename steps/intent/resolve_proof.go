package intent

import (
	"cmp"
	"fmt"
	"slices"

	"podsg/steps/shell"
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
		if err := r.selectable(); err != nil {
			return err
		}
	}
	if r.T.Verify {
		r.redLabels()
	}
	return r.foreignTestObjects()
}

// selectable refuses selectors that ask for what no pod can have.
func (r *Resolver) selectable() error {
	const hint = "correct the selector, or leave out what tries it: --verify=false --seed=false"
	ok, err := r.T.Selector.Matches(world.SelectedLabels(r.T.Selector))
	if err != nil || !ok {
		return world.Usage(hint, "policy.podSelector: no labels were found that %q selects, so it can select no pod", r.T.Selector)
	}
	ok, err = r.T.SASelector.Matches(world.SelectedLabels(r.T.SASelector))
	if err != nil || !ok {
		return world.Usage(hint, "policy.serviceAccountSelector: no labels were found that %q selects, so it can select no service account", r.T.SASelector)
	}
	return nil
}

// redLabels chooses labels that no policy selects, and outside the demo nothing
// else of the user's either. Where every pod is selected there is no red pod, and
// nothing to prove.
func (r *Resolver) redLabels() {
	own := world.PodPolicy{ObjectFacts: world.ObjectFacts{Name: r.T.PolicyName}, PodSelector: r.T.Selector, ServiceAccountSelector: r.T.SASelector, GroupIDs: []string{"sg"}}
	policies := []world.PodPolicy{own}
	for _, p := range r.S.Kube.Policies {
		if p.Namespace == r.T.Namespace && p.Name != r.T.PolicyName {
			policies = append(policies, p)
		}
	}
	usual := map[string]string{}
	if r.T.Demo() {
		usual["app"] = RedLabel
	}
	account := r.S.AccountLabels()["default"]
	var selecting []string
	user := ""
	for i := range policies {
		for _, labels := range world.UnselectedLabels(policies[i].PodSelector, usual) {
			r.T.RedLabels = labels
			pod := r.T.ProbeLabels(RoleRed)
			_, matched, _ := world.MatchPolicies(policies, pod, account)
			if len(matched) > 0 {
				selecting = matched
				continue
			}
			if user = r.selectedBy(pod, labels); user == "" {
				return
			}
		}
	}
	r.T.RedLabels, r.T.Verify = nil, false
	why := "the selector catches every pod of the namespace, so no pod could play the red one"
	switch {
	case user != "":
		why = fmt.Sprintf("a pod that the policy does not select would be one of %s, so no pod could play the red one", user)
	case !slices.Contains(selecting, r.T.PolicyName):
		why = fmt.Sprintf("policy %s catches every pod of namespace %s, so no pod could play the red one", selecting[0], r.T.Namespace)
	}
	r.from("verify", "discovered", why)
}

// selectedBy is the Service or workload of the user's that would take a pod for
// one of its own because of labels that are not podsg's; empty: none would.
func (r *Resolver) selectedBy(pod, labels map[string]string) string {
	if r.T.Demo() || len(labels) == 0 {
		return ""
	}
	for _, x := range r.S.Kube.Services {
		if x.Namespace == r.T.Namespace && len(x.PodLabels) > 0 && selects(&world.Selector{MatchLabels: x.PodLabels}, pod) {
			return "Service " + x.Name
		}
	}
	for _, x := range r.S.Kube.Workloads {
		if x.Namespace == r.T.Namespace && !x.Owned && x.Selector != nil && selects(x.Selector, pod) {
			return x.Kind + " " + x.Name
		}
	}
	return ""
}

func selects(s *world.Selector, labels map[string]string) bool {
	ok, err := s.Matches(labels)
	return err == nil && ok
}

// foreignTestObjects refuses names that the test's objects need and that objects
// have which podsg did not make, such as those of an older workshop.
func (r *Resolver) foreignTestObjects() error {
	var kind, name string
	found := func(k, n string) { kind, name = cmp.Or(kind, k), cmp.Or(name, n) }
	if r.T.Verify {
		for _, n := range []string{r.T.ProbeName(RoleGreen), r.T.ProbeName(RoleRed)} {
			if w, ok := r.S.Workload("Deployment", r.T.Namespace, n); ok && !w.Owned {
				found("deployment", n)
			}
		}
	}
	if r.T.Verify || r.T.Seed {
		if cm := r.S.Kube.CAConfigMap; cm != nil && !cm.Owned && r.T.TLSMode == TLSVerifyFull {
			found("configmap", CAConfigMap)
		}
		for _, p := range r.S.PoliciesIn(r.T.Namespace) {
			if !r.T.Demo() && p.Name == r.T.ProbePolicy() && !p.Owned {
				found("securitygrouppolicy", p.Name)
			}
		}
	}
	if name == "" {
		return nil
	}
	return &world.Problem{
		Kind:    world.ProblemUsage,
		Err:     fmt.Errorf("%s %s/%s exists and was not made by podsg, which needs the name for its test", kind, r.T.Namespace, name),
		Hint:    "delete it if it is not needed; or choose another namespace with --namespace, or do without the test: --verify=false --seed=false",
		Command: shell.Command("kubectl -n %s delete %s %s", r.T.Namespace, kind, name),
	}
}
