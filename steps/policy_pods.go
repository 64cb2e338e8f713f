package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	checkSelects    = check{id: "D48", title: "A policy selects the pods that are meant"}
	checkUnion      = check{id: "D52", title: "Selected pods get no other groups than the policy's"}
	checkOldPods    = check{id: "D44", title: "Pods were selected when they were created"}
	checkFailedOpen = check{id: "D43", title: "Webhook answered for the selected pods"}
)

// checkPolicyPods judges the pods of the namespace by the policies as they are
// now, exactly as the webhook would.
func checkPolicyPods(f *findings, p PodPolicy) {
	if !f.known(checkSelects, FactPods) {
		return
	}
	accounts := f.s.accountLabels()
	var selected, onNode []Pod
	for _, pod := range f.s.podsIn(p.Namespace) {
		matches, err := p.selects(pod.Labels, accounts[pod.ServiceAccount])
		if errors.Is(err, ErrNoSelector) || errors.Is(err, ErrNoGroups) {
			f.add(checkSelects, Skip, "it is not complete: see D47").on(p.Name)
			return
		}
		if err != nil {
			f.add(checkSelects, Fail, "Kubernetes cannot read its selector, so it selects nothing").saw(err.Error()).on(p.Name).
				mend("correct the selector; operators are In, NotIn, Exists and DoesNotExist", "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
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
		f.add(checkSelects, Warn, "every pod that it selects uses its node's network, and has its node's security groups").saw(namesOf(onNode)...).on(p.Name).
			mend("only a pod with a network of its own (hostNetwork: false) can have a branch ENI", "")
	} else if len(selected) == 0 {
		f.add(checkSelects, Warn, "it selects no pod of namespace "+p.Namespace).saw(nearMisses(f.s, p)...).on(p.Name).
			mend("labels belong on the pod template, not on the Deployment", "kubectl -n "+p.Namespace+" get pods --show-labels")
	} else {
		f.add(checkSelects, Pass, "it selects "+numberOf(len(selected), "pod")).saw(namesOf(selected)...).on(p.Name)
	}
	checkUnionOfGroups(f, p, selected)
	checkUnlimited(f, p, selected)
}

// podsIn are the pods of a namespace that run or shall run.
func (s *Snapshot) podsIn(namespace string) []Pod {
	var out []Pod
	for _, pod := range s.Kube.Pods {
		if pod.Namespace == namespace && !pod.Terminating && !pod.ended() {
			out = append(out, pod)
		}
	}
	return out
}

// policiesIn are the policies of a namespace: no others apply to its pods.
func (s *Snapshot) policiesIn(namespace string) []PodPolicy {
	var out []PodPolicy
	for _, p := range s.Kube.Policies {
		if p.Namespace == namespace {
			out = append(out, p)
		}
	}
	return out
}

func namesOf(pods []Pod) []string {
	var out []string
	for _, p := range pods {
		out = append(out, p.Name)
	}
	slices.Sort(out)
	return out
}

// checkUnionOfGroups names the policies by which the selected pods get more
// groups than this one gives.
func checkUnionOfGroups(f *findings, p PodPolicy, selected []Pod) {
	here, accounts := f.s.policiesIn(p.Namespace), f.s.accountLabels()
	also := map[string]int{} // pods that another policy selects too
	more := map[string][]string{}
	for _, pod := range selected {
		for _, other := range here {
			if ok, err := other.selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok || other.Name == p.Name {
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
		f.add(checkUnion, Pass, "other policies select them too and give the same groups").saw(saw...).on(p.Name)
		return
	}
	slices.Sort(groups)
	f.add(checkUnion, Warn, fmt.Sprintf("pods get the groups of all policies that select them: %s of policy %s as well", strings.Join(slices.Compact(groups), ", "), strings.Join(names, ", "))).
		saw(saw...).on(p.Name).
		mend("nothing, if that is meant; else make the selectors exclude each other, then restart the pods", "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+names[0])
}

// checkUnlimited names the selected pods that were given no branch ENI: those
// for which no policy spoke when they were created, and those for which one did
// and the webhook did not.
func checkUnlimited(f *findings, p PodPolicy, selected []Pod) {
	var without, old, missed []Pod
	for _, pod := range selected {
		switch {
		case pod.ENILimitOn >= 0 || pod.Fargate || pod.Windows:
			continue
		case f.s.selectedLater(pod, p):
			old = append(old, pod)
		default:
			missed = append(missed, pod)
		}
		without = append(without, pod)
	}
	tell := func(pods []Pod) (out []string) {
		for _, pod := range pods {
			out = append(out, pod.Name+" "+f.s.missedWebhook(pod, p, selected))
		}
		return out
	}
	passed := "all of them"
	if len(without) > 0 {
		passed = "all that have no branch ENI"
	}
	f.expect(checkOldPods, len(old) == 0, passed, fmt.Sprintf("%d did not get a branch ENI when they were created, so they have their node's security group", len(old))).saw(tell(old)...).
		mend(whenToRestart(f.s), restartCommands(old))
	if len(missed) > 0 {
		f.add(checkFailedOpen, Fail, numberOf(len(missed), "pod")+" came after the policy and got no branch ENI: where the webhook does not answer in time, Kubernetes lets pods pass without it").
			saw(tell(missed)...).on(namesOf(missed)...).mend(whenToRestart(f.s), restartCommands(missed))
	}
}

// selectedLater reports whether a policy that selects a pod now cannot have
// selected it when it was created. Creation times have whole seconds: of two
// objects of the same second nobody can say which was first.
func (s *Snapshot) selectedLater(pod Pod, p PodPolicy) bool {
	if !pod.CreatedAt.Round(time.Second).After(p.CreatedAt.Round(time.Second)) {
		return true
	}
	w, ok := s.workloadOf(pod)
	if !ok {
		return false
	}
	matches, err := p.PodSelector.Matches(w.PodLabels)
	return err == nil && !matches
}

// workloadOf is the Deployment, DaemonSet or StatefulSet that a pod is of.
func (s *Snapshot) workloadOf(pod Pod) (Workload, bool) {
	kind, name, _ := strings.Cut(pod.Owner, "/")
	if kind == "ReplicaSet" {
		name, _ = strings.CutSuffix(name, "-"+pod.Labels["pod-template-hash"])
		kind = "Deployment"
	}
	return s.workload(kind, pod.Namespace, name)
}

// whenToRestart says how pods get a branch ENI that they have not: new pods get
// none either while the webhook is missing.
func whenToRestart(s *Snapshot) string {
	if _, unknown := s.Missing(FactAdmission); !unknown && !s.Kube.Admission.MutatingWebhook {
		return "mend D42 first: the webhook is missing, so new pods get no branch ENI either; then restart them"
	}
	return "restart them"
}

// missedWebhook says why the webhook, which acts on new pods only, did not give
// a branch ENI to a pod that the policy selects, as far as that can be told.
func (s *Snapshot) missedWebhook(pod Pod, p PodPolicy, selected []Pod) string {
	age := p.CreatedAt.Sub(pod.CreatedAt).Round(time.Second)
	_, unknown := s.Missing(FactAdmission)
	switch {
	case age > 0:
		return fmt.Sprintf("was created %s before it", age)
	case age == 0:
		return "was created in the same second"
	case s.selectedLater(pod, p):
		return fmt.Sprintf("was created %s after it: it got its label later, for the template of %s has none that the policy selects", -age, pod.Owner)
	case !unknown && !s.Kube.Admission.MutatingWebhook:
		return fmt.Sprintf("was created %s after it: the webhook is missing", -age)
	case slices.ContainsFunc(selected, func(o Pod) bool {
		return o.ENILimitOn >= 0 && o.CreatedAt.Before(pod.CreatedAt) && o.Owner != "" && o.Owner == pod.Owner
	}):
		return fmt.Sprintf("was created %s after it: the webhook did not answer then, for an older pod of %s has a branch ENI", -age, pod.Owner)
	default:
		return fmt.Sprintf("was created %s after it: the webhook did not answer then, or its label or the policy's selector was changed since", -age)
	}
}

// nearMisses lists the labels of workloads' pods, to compare with a selector
// that selects nothing.
func nearMisses(s *Snapshot, p PodPolicy) []string {
	out := []string{"selector: " + p.PodSelector.String()}
	for _, w := range s.Kube.Workloads {
		out = append(out, fmt.Sprintf("pods of %s %s: %s", w.Kind, w.Name, (&Selector{MatchLabels: w.PodLabels}).String()))
	}
	return out
}
