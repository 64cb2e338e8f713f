package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckSelects    = check.Check{ID: "D48", Title: "A policy selects the pods that are meant"}
	CheckUnion      = check.Check{ID: "D52", Title: "Selected pods get no other groups than the policy's"}
	CheckOldPods    = check.Check{ID: "D44", Title: "Pods were selected when they were created"}
	CheckFailedOpen = check.Check{ID: "D43", Title: "Webhook answered for the selected pods"}
)

// CheckPolicyPods judges the pods of the namespace by the policies as they are
// now, exactly as the webhook would.
func CheckPolicyPods(f *check.Findings, p world.PodPolicy) {
	if !f.Known(CheckSelects, world.FactPods) {
		return
	}
	accounts := f.S.AccountLabels()
	var selected, onNode []world.Pod
	for _, pod := range f.S.PodsIn(p.Namespace) {
		matches, err := p.Selects(pod.Labels, accounts[pod.ServiceAccount])
		if errors.Is(err, world.ErrNoSelector) || errors.Is(err, world.ErrNoGroups) {
			f.Add(CheckSelects, check.Skip, "it is not complete: see D47").On(p.Name)
			return
		}
		if err != nil {
			f.Add(CheckSelects, check.Fail, "Kubernetes cannot read its selector, so it selects nothing").Saw(err.Error()).On(p.Name).
				Mend(say.T("correct the selector; operators are In, NotIn, Exists and DoesNotExist"), "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
			return
		}
		switch {
		case matches && pod.HostNetwork:
			onNode = append(onNode, pod)
		case matches:
			selected = append(selected, pod)
		}
	}
	if len(selected) == 0 && len(onNode) > 0 {
		f.Add(CheckSelects, check.Warn, "every pod that it selects uses its node's network, and has its node's security groups").Saw(world.NamesOf(onNode)...).On(p.Name).
			Mend(say.T("only a pod with a network of its own (hostNetwork: false) can have a branch ENI"), "")
	} else if len(selected) == 0 {
		f.Add(CheckSelects, check.Warn, "it selects no pod of namespace "+p.Namespace).Saw(nearMisses(f.S, p)...).On(p.Name).
			Mend(say.T("labels belong on the pod template, not on the Deployment"), "kubectl -n "+p.Namespace+" get pods --show-labels")
	} else {
		f.Add(CheckSelects, check.Pass, "it selects "+words.NumberOf(len(selected), "pod")).Saw(world.NamesOf(selected)...).On(p.Name)
	}
	checkUnionOfGroups(f, p, selected)
	checkUnlimited(f, p, selected)
}

// checkUnionOfGroups names the policies by which the selected pods get more
// groups than this one gives.
func checkUnionOfGroups(f *check.Findings, p world.PodPolicy, selected []world.Pod) {
	here, accounts := f.S.PoliciesIn(p.Namespace), f.S.AccountLabels()
	also := map[string]int{} // pods that another policy selects too
	more := map[string][]string{}
	for _, pod := range selected {
		for _, other := range here {
			if ok, err := other.Selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok || other.Name == p.Name {
				continue
			}
			also[other.Name]++
			for _, id := range other.GroupIDs {
				if !slices.Contains(p.GroupIDs, id) && !slices.Contains(more[other.Name], id) {
					more[other.Name] = append(more[other.Name], id)
				}
			}
		}
	}
	if len(also) == 0 {
		return
	}
	saw := []string{p.Name + " gives " + strings.Join(p.GroupIDs, ", ")}
	var names, groups []string
	for _, other := range here {
		n := also[other.Name]
		if n == 0 {
			continue
		}
		saw = append(saw, fmt.Sprintf("%s gives %s to %d of them", other.Name, strings.Join(other.GroupIDs, ", "), n))
		if len(more[other.Name]) > 0 {
			names, groups = append(names, other.Name), append(groups, more[other.Name]...)
		}
	}
	if len(names) == 0 {
		f.Add(CheckUnion, check.Pass, "other policies select them too and give the same groups").Saw(saw...).On(p.Name)
		return
	}
	slices.Sort(groups)
	f.Add(CheckUnion, check.Warn, fmt.Sprintf("pods get the groups of all policies that select them: %s of policy %s as well", strings.Join(slices.Compact(groups), ", "), strings.Join(names, ", "))).
		Saw(saw...).On(p.Name).
		Mend(say.T("nothing, if that is meant; else make the selectors exclude each other, then restart the pods"), "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+names[0])
}

// checkUnlimited names the selected pods that were given no branch ENI: those
// for which no policy spoke when they were created, and those for which one did
// and the webhook did not.
func checkUnlimited(f *check.Findings, p world.PodPolicy, selected []world.Pod) {
	var without, old, missed []world.Pod
	for _, pod := range selected {
		switch {
		case pod.ENILimitOn >= 0 || pod.Fargate || pod.Windows:
			continue
		case f.S.SelectedLater(pod, p):
			old = append(old, pod)
		default:
			missed = append(missed, pod)
		}
		without = append(without, pod)
	}
	tell := func(pods []world.Pod) (out []string) {
		for _, pod := range pods {
			out = append(out, pod.Name+" "+MissedWebhook(f.S, pod, p, selected))
		}
		return out
	}
	passed := "all of them"
	if len(without) > 0 {
		passed = "all that have no branch ENI"
	}
	f.Expect(CheckOldPods, len(old) == 0, passed, fmt.Sprintf("%d did not get a branch ENI when they were created, so they have their node's security group", len(old))).Saw(tell(old)...).
		Mend(say.T("%s", WhenToRestart(f.S)), shell.RestartCommands(old))
	if len(missed) > 0 {
		f.Add(CheckFailedOpen, check.Fail, words.NumberOf(len(missed), "pod")+" came after the policy and got no branch ENI: where the webhook does not answer in time, Kubernetes lets pods pass without it").
			Saw(tell(missed)...).On(world.NamesOf(missed)...).Mend(say.T("%s", WhenToRestart(f.S)), shell.RestartCommands(missed))
	}
}

// WhenToRestart says how pods get a branch ENI that they have not: new pods get
// none either while the webhook is missing.
func WhenToRestart(s *world.Snapshot) string {
	if _, unknown := s.Missing(world.FactAdmission); !unknown && !s.Kube.Admission.MutatingWebhook {
		return "mend D42 first: the webhook is missing, so new pods get no branch ENI either; then restart them"
	}
	return "restart them"
}

// MissedWebhook says why the webhook, which acts on new pods only, did not give
// a branch ENI to a pod that the policy selects, as far as that can be told.
func MissedWebhook(s *world.Snapshot, pod world.Pod, p world.PodPolicy, selected []world.Pod) string {
	age := p.CreatedAt.Sub(pod.CreatedAt).Round(time.Second)
	_, unknown := s.Missing(world.FactAdmission)
	switch {
	case age > 0:
		return fmt.Sprintf("was created %s before it", age)
	case age == 0:
		return "was created in the same second"
	case s.SelectedLater(pod, p):
		return fmt.Sprintf("was created %s after it: it got its label later, for the template of %s has none that the policy selects", -age, pod.Owner)
	case !unknown && !s.Kube.Admission.MutatingWebhook:
		return fmt.Sprintf("was created %s after it: the webhook is missing", -age)
	case slices.ContainsFunc(selected, func(o world.Pod) bool {
		return o.ENILimitOn >= 0 && o.CreatedAt.Before(pod.CreatedAt) && o.Owner != "" && o.Owner == pod.Owner
	}):
		return fmt.Sprintf("was created %s after it: the webhook did not answer then, for an older pod of %s has a branch ENI", -age, pod.Owner)
	default:
		return fmt.Sprintf("was created %s after it: the webhook did not answer then, or its label or the policy's selector was changed since", -age)
	}
}

// nearMisses lists the labels of workloads' pods, to compare with a selector
// that selects nothing.
func nearMisses(s *world.Snapshot, p world.PodPolicy) []string {
	out := []string{"selector: " + p.PodSelector.String()}
	for _, w := range s.Kube.Workloads {
		out = append(out, fmt.Sprintf("pods of %s %s: %s", w.Kind, w.Name, (&world.Selector{MatchLabels: w.PodLabels}).String()))
	}
	return out
}
