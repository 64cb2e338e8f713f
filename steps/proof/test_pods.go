package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

var StepTestPods = plan.Step{
	ID: check.StepTestPods,
	About: []string{
		"Two pods that differ in one label: the policy selects green and not red.",
		"Both try the database every few seconds and print what came of it.",
	},
	Check: checkTestPods,
	Plan:  planTestPods,
}

var (
	CheckOldAffinity = check.Check{ID: "D62", Title: "Pods do not ask for the old trunk label"}
	CheckPodGroups   = check.Check{ID: "D45", Title: "Branch ENIs carry the groups of the policies"}
	CheckOnBranch    = check.Check{ID: "D67", Title: "Pods use their branch ENI"}
)

func checkTestPods(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepTestPods, S: s, T: t}
	known := f.Known(CheckOldAffinity, world.FactPods, world.FactPolicies, world.FactInterfaces)
	if known {
		checkAffinity(f)
	}
	f.Out = append(f.Out, check.Run(controller.AllocationChecks, s, t)...)
	if known {
		checkBranches(f)
	}
	checkBranchPods(f)
	if known {
		ClientChecks(f, t, intent.ClientPods(s, t))
	}
	return f.Out
}

// checkAffinity names the pods that ask for a label which no node has any more.
func checkAffinity(f *check.Findings) {
	var affinity []string
	for _, pod := range f.S.Kube.Pods {
		if slices.Contains(pod.AffinityKeys, world.LabelTrunkAttached) && !pod.Ended() {
			affinity = append(affinity, pod.Namespace+"/"+pod.Name)
		}
	}
	f.Expect(CheckOldAffinity, len(affinity) == 0, "none does",
		fmt.Sprintf("%d do, and no node has that label any more: they stay Pending", len(affinity))).Saw(affinity...).
		Mend(say.T("%s", "remove the node affinity for "+world.LabelTrunkAttached+": the injected resource limit steers the pods"), "")
}

// checkBranches compares the branch ENIs of running pods with what the pods are
// given by the policies, and with what they use.
func checkBranches(f *check.Findings) {
	s, t := f.S, f.T
	accounts, policies := s.AccountLabels(), s.PoliciesIn(t.Namespace)
	var groups, off []string
	var otherGroups, offBranch []world.Pod
	with := 0
	for _, pod := range s.PodsIn(t.Namespace) {
		if len(pod.ENIs) == 0 || pod.Phase != "Running" {
			continue
		}
		with++
		eni := pod.ENIs[0]
		if pod.IP != eni.PrivateIP && pod.IP != eni.IPv6 {
			off = append(off, fmt.Sprintf("%s has %s, its branch ENI %s has %s", pod.Name, pod.IP, eni.ENIID, eni.PrivateIP))
			offBranch = append(offBranch, pod)
		}
		want, _, _ := world.MatchPolicies(policies, pod.Labels, accounts[pod.ServiceAccount])
		if seen, ok := s.InterfaceByID(eni.ENIID); ok && !words.SameSet(seen.Groups, want) {
			groups = append(groups, fmt.Sprintf("%s (%s) carries %s, the policies give %s", pod.Name, eni.ENIID, strings.Join(seen.Groups, " "), cmp.Or(strings.Join(want, " "), "none")))
			otherGroups = append(otherGroups, pod)
		}
	}
	if with == 0 {
		f.Add(CheckPodGroups, check.Skip, "no running pod of namespace "+t.Namespace+" has a branch ENI")
		f.Add(CheckOnBranch, check.Skip, "no running pod of namespace "+t.Namespace+" has a branch ENI")
		return
	}
	f.Expect(CheckPodGroups, len(groups) == 0, fmt.Sprintf("all %d do", with), "a branch ENI keeps the groups that it was made with").Saw(groups...).
		Mend(say.T("restart the pods"), shell.RestartCommands(otherGroups))
	f.Expect(CheckOnBranch, len(off) == 0, fmt.Sprintf("all %d do", with), "the pod's address is not its branch ENI's: the CNI did not see the limit on the first container").Saw(off...).
		Mend(say.T("if another webhook puts a container in front, make it put its container last; then restart the pods"), shell.RestartCommands(offBranch))
}

func planTestPods(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if !t.Verify {
		return
	}
	probe.PlanCA(s, t, p)
	for _, x := range []struct{ id, role, why string }{
		{plan.ChangeGreen, "green", "the policy selects it: it must reach the database, from its own branch ENI"},
		{plan.ChangeRed, "red", "the policy does not select it: it must time out"},
	} {
		pod := probe.Probe(t, x.role)
		m, sum := pod.Deployment(), probe.SumOf(pod.Template())
		action := probe.StartProbe{Manifest: m, Labels: map[string]string{intent.ProbeLabel: x.role, probe.TemplateSum: sum}, BranchENI: x.role == "green"}
		change := plan.Change{
			ID: x.id, Step: check.StepTestPods, Op: plan.Create, Kind: world.KindDeployment,
			Summary: fmt.Sprintf("Deployment %s/%s: one pod of %s", t.Namespace, pod.Name, pod.Image),
			Why:     x.why, Undo: "deleted", Expected: 15 * time.Second, Action: action,
		}
		if w, ok := s.Workload("Deployment", t.Namespace, pod.Name); ok {
			change.Op = plan.Update
			if w.Sum == sum {
				if !p.Has(plan.ChangeSecret) {
					continue
				}
				change.Summary = fmt.Sprintf("Deployment %s/%s: its pod is replaced", t.Namespace, pod.Name)
				change.Why, change.Action = "a pod reads the Secret when it starts", probe.RestartProbe{StartProbe: action}
			}
		}
		needs := []string{plan.ChangeNamespace, plan.ChangeSecret, plan.ChangeCA, plan.ChangePolicy}
		if x.role == "green" {
			needs = append(append(needs, plan.ChangeTrunk, plan.ChangeCNI, plan.ChangeSeed, plan.ChangeAccount), plan.RuleChanges(p)...)
		}
		change.Needs = needs
		p.Add(change)
	}
}
