package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

var stepTestPods = Step{
	ID: StepTestPods,
	About: []string{
		"Two pods that differ in one label: the policy selects green and not red.",
		"Both try the database every few seconds and print what came of it.",
	},
	Check: checkTestPods,
	Plan:  planTestPods,
}

var (
	checkOldAffinity = check{id: "D62", title: "Pods do not ask for the old trunk label"}
	checkPodGroups   = check{id: "D45", title: "Branch ENIs carry the groups of the policies"}
	checkOnBranch    = check{id: "D67", title: "Pods use their branch ENI"}
)

func checkTestPods(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepTestPods, s: s, t: t}
	known := f.known(checkOldAffinity, FactPods, FactPolicies, FactInterfaces)
	if known {
		checkAffinity(f)
	}
	checkAllocation(f)
	if known {
		checkBranches(f)
	}
	checkBranchPods(f)
	if known {
		clientChecks(f, t, s.clientPods(t))
	}
	return f.out
}

// checkAffinity names the pods that ask for a label which no node has any more.
func checkAffinity(f *findings) {
	var affinity []string
	for _, pod := range f.s.Kube.Pods {
		if slices.Contains(pod.AffinityKeys, labelTrunkAttached) && !pod.ended() {
			affinity = append(affinity, pod.Namespace+"/"+pod.Name)
		}
	}
	f.expect(checkOldAffinity, len(affinity) == 0, "none does",
		fmt.Sprintf("%d do, and no node has that label any more: they stay Pending", len(affinity))).saw(affinity...).
		mend("remove the node affinity for "+labelTrunkAttached+": the injected resource limit steers the pods", "")
}

// checkBranches compares the branch ENIs of running pods with what the pods are
// given by the policies, and with what they use.
func checkBranches(f *findings) {
	s, t := f.s, f.t
	accounts, policies := s.accountLabels(), s.policiesIn(t.Namespace)
	var groups, off []string
	var otherGroups, offBranch []Pod
	with := 0
	for _, pod := range s.podsIn(t.Namespace) {
		if len(pod.ENIs) == 0 || pod.Phase != "Running" {
			continue
		}
		with++
		eni := pod.ENIs[0]
		if pod.IP != eni.PrivateIP && pod.IP != eni.IPv6 {
			off = append(off, fmt.Sprintf("%s has %s, its branch ENI %s has %s", pod.Name, pod.IP, eni.ENIID, eni.PrivateIP))
			offBranch = append(offBranch, pod)
		}
		want, _, _ := MatchPolicies(policies, pod.Labels, accounts[pod.ServiceAccount])
		if seen, ok := s.InterfaceByID(eni.ENIID); ok && !sameSet(seen.Groups, want) {
			groups = append(groups, fmt.Sprintf("%s (%s) carries %s, the policies give %s", pod.Name, eni.ENIID, strings.Join(seen.Groups, " "), cmp.Or(strings.Join(want, " "), "none")))
			otherGroups = append(otherGroups, pod)
		}
	}
	if with == 0 {
		f.add(checkPodGroups, Skip, "no running pod of namespace "+t.Namespace+" has a branch ENI")
		f.add(checkOnBranch, Skip, "no running pod of namespace "+t.Namespace+" has a branch ENI")
		return
	}
	f.expect(checkPodGroups, len(groups) == 0, fmt.Sprintf("all %d do", with), "a branch ENI keeps the groups that it was made with").saw(groups...).
		mend("restart the pods", restartCommands(otherGroups))
	f.expect(checkOnBranch, len(off) == 0, fmt.Sprintf("all %d do", with), "the pod's address is not its branch ENI's: the CNI did not see the limit on the first container").saw(off...).
		mend("if another webhook puts a container in front, make it put its container last; then restart the pods", restartCommands(offBranch))
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

func planTestPods(s *Snapshot, t *Target, p *Plan) {
	if !t.Verify {
		return
	}
	planCA(s, t, p)
	for _, x := range []struct{ id, role, why string }{
		{changeGreen, "green", "the policy selects it: it must reach the database, from its own branch ENI"},
		{changeRed, "red", "the policy does not select it: it must time out"},
	} {
		pod := t.probe(x.role)
		m, sum := pod.deployment(), sumOf(pod.template())
		action := StartProbe{Manifest: m, Labels: map[string]string{probeLabel: x.role, templateSum: sum}, BranchENI: x.role == "green"}
		change := Change{
			ID: x.id, Step: StepTestPods, Op: Create, Kind: KindDeployment,
			Summary: fmt.Sprintf("Deployment %s/%s: one pod of %s", t.Namespace, pod.name, pod.image),
			Why:     x.why, Undo: "deleted", Expected: 15 * time.Second, Action: action,
		}
		if w, ok := s.workload("Deployment", t.Namespace, pod.name); ok {
			change.Op = Update
			if w.Sum == sum {
				if !p.has(changeSecret) {
					continue
				}
				change.Summary = fmt.Sprintf("Deployment %s/%s: its pod is replaced", t.Namespace, pod.name)
				change.Why, change.Action = "a pod reads the Secret when it starts", RestartProbe{StartProbe: action}
			}
		}
		needs := []string{changeNamespace, changeSecret, changeCA, changePolicy}
		if x.role == "green" {
			needs = append(append(needs, changeTrunk, changeCNI, changeSeed, changeAccount), ruleChanges(p)...)
		}
		change.Needs = needs
		p.Add(change)
	}
}

// RestartProbe replaces the pod of a test pod's Deployment, which stays as it is.
type RestartProbe struct{ StartProbe }

// Apply implements [Action].
func (a RestartProbe) Apply(ctx context.Context, run *Run) error {
	namespace := a.Manifest.Ref().Namespace
	pods, err := run.Kube.Pods(ctx, namespace, a.Labels)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		call, cancel := callContext(ctx)
		err := run.Kube.Delete(call, ObjectRef{APIVersion: "v1", Kind: "Pod", Namespace: namespace, Name: pod.Name})
		cancel()
		if err != nil {
			return err
		}
	}
	return a.StartProbe.Apply(ctx, run)
}

// Shell implements [Action].
func (a RestartProbe) Shell() []string {
	ref := a.Manifest.Ref()
	return []string{fmt.Sprintf("kubectl -n %s rollout restart deployment %s", ref.Namespace, ref.Name)}
}

func (s *Snapshot) workload(kind, namespace, name string) (Workload, bool) {
	for _, w := range s.Kube.Workloads {
		if w.Kind == kind && w.Namespace == namespace && w.Name == name {
			return w, true
		}
	}
	return Workload{}, false
}
