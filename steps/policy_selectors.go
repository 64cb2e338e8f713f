package steps

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

var (
	checkStray      = check{id: "D46", title: "The policy for the pods is in their namespace"}
	checkGroupLimit = check{id: "D53", title: "Policies give no more groups than an interface may have"}
	checkBothAgree  = check{id: "D49", title: "Pods match both selectors of the policy"}
	checkAccounts   = check{id: "D50", title: "A service account has the selected labels"}
)

// How many security groups a network interface may have: what every account
// begins with, and what can be had at most.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const (
	usualGroups = 5
	mostGroups  = 16
)

// checkStrayPolicies looks for a policy that would select pods of the namespace if
// it were in it. It is told only where no policy of the namespace selects any
// pod, for the same labels are used in many namespaces.
func checkStrayPolicies(f *findings) {
	if _, partial := f.s.Kube.Partial[FactPolicies]; partial {
		return
	}
	if _, missing := f.s.Missing(FactPods); missing {
		return // the check of the selector says so
	}
	pods := f.s.podsIn(f.t.Namespace)
	if slices.ContainsFunc(pods, func(p Pod) bool { return len(f.s.selecting(p, f.t.Namespace)) > 0 }) {
		return
	}
	for _, p := range f.s.Kube.Policies {
		if p.Namespace == f.t.Namespace || p.PodSelector.IsEmpty() || !sameSelector(p.PodSelector, f.t.Selector) && f.s.usedAtHome(p) {
			continue
		}
		would := f.s.wouldSelect(p, f.t.Namespace)
		if len(would) == 0 {
			continue
		}
		// That it selects the very pods that are meant is no chance; that it
		// selects others may be.
		status := Warn
		if sameSelector(p.PodSelector, f.t.Selector) {
			status = Fail
		}
		f.add(checkStray, status, fmt.Sprintf("policy %s selects %s, but is in namespace %s, and a policy acts in its own namespace only", p.Name, p.PodSelector, p.Namespace)).
			saw("would select "+strings.Join(namesOf(would), ", ")).on(p.Namespace+"/"+p.Name).
			mend("make the policy in namespace "+f.t.Namespace+", then restart the pods", "kubectl -n "+p.Namespace+" get securitygrouppolicy "+p.Name+" -o yaml")
		return
	}
}

// wouldSelect are the pods of a namespace that a policy would select if it were
// there.
func (s *Snapshot) wouldSelect(p PodPolicy, namespace string) []Pod {
	if p.PodSelector.IsEmpty() {
		return nil // it would select anything
	}
	accounts := s.accountLabels()
	var out []Pod
	for _, pod := range s.podsIn(namespace) {
		if ok, err := p.selects(pod.Labels, accounts[pod.ServiceAccount]); err == nil && ok && !pod.HostNetwork {
			out = append(out, pod)
		}
	}
	return out
}

// selecting are the policies of a namespace that select a pod.
func (s *Snapshot) selecting(pod Pod, namespace string) []string {
	_, matched, _ := MatchPolicies(s.policiesIn(namespace), pod.Labels, s.accountLabels()[pod.ServiceAccount])
	return matched
}

// usedAtHome reports whether pods of a policy's own namespace have it. Of other
// namespaces only the pods with a branch ENI are observed.
func (s *Snapshot) usedAtHome(p PodPolicy) bool {
	return slices.ContainsFunc(s.podsIn(p.Namespace), func(pod Pod) bool {
		ok, err := p.PodSelector.Matches(pod.Labels)
		return err == nil && ok
	})
}

// checkGroupCount counts the groups that pods get against what an interface may
// have. It is told only where that may be too many.
func checkGroupCount(f *findings, p PodPolicy) {
	here, accounts := f.s.policiesIn(p.Namespace), f.s.accountLabels()
	most, whose := len(p.GroupIDs), "policy "+p.Name+" gives"
	saw := []string{fmt.Sprintf("%s gives %d: %s", p.Name, len(p.GroupIDs), strings.Join(p.GroupIDs, ", "))}
	for _, pod := range f.s.podsIn(p.Namespace) {
		if ok, err := p.selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok {
			continue
		}
		if groups, matched, _ := MatchPolicies(here, pod.Labels, accounts[pod.ServiceAccount]); len(groups) > most {
			most, whose = len(groups), fmt.Sprintf("policies %s together give", strings.Join(matched, ", "))
			saw = append(saw, fmt.Sprintf("pod %s gets %d: %s", pod.Name, len(groups), strings.Join(groups, ", ")))
		}
	}
	// An interface that has as many shows that the quota was raised.
	allowed := usualGroups
	for _, e := range f.s.Cloud.Interfaces {
		allowed = max(allowed, len(e.Groups))
	}
	limit := f.s.Kube.Admission.MaxGroups
	const quota = `aws service-quotas list-service-quotas --service-code vpc --query "Quotas[?QuotaName=='Security groups per network interface'].[QuotaCode,Value]"`
	switch {
	case most > mostGroups:
		f.add(checkGroupLimit, Fail, fmt.Sprintf("%s %d, and no network interface can have more than %d", whose, most, mostGroups)).saw(saw...).on(p.Name).
			mend("put rules of several groups into one, and name fewer", "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
	case most > allowed:
		if reason, missing := f.s.Missing(FactInterfaces); missing {
			saw = append(saw, "whether an interface has more by now: "+reason)
		}
		f.add(checkGroupLimit, Warn, fmt.Sprintf("%s %d, and a network interface may have %d unless the account's quota was raised", whose, most, allowed)).saw(saw...).on(p.Name).
			mend("see the account's quota, and have it raised or name fewer groups", quota)
	case limit > 0 && len(p.GroupIDs) > limit:
		f.add(checkGroupLimit, Warn, fmt.Sprintf("policy %s names %d, and the cluster accepts %d: it cannot be changed or made again as it is", p.Name, len(p.GroupIDs), limit)).saw(saw...).on(p.Name).
			mend("name fewer groups, or give the others by a second policy", "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
	}
}

// checkSelectors judges a policy that selects by service accounts. It is told
// only where that is why it selects nothing.
func checkSelectors(f *findings, p PodPolicy) {
	if p.ServiceAccountSelector == nil || p.ServiceAccountSelector.IsEmpty() {
		return
	}
	if !f.known(checkAccounts, FactNamespace) {
		return
	}
	if _, err := p.ServiceAccountSelector.Matches(nil); err != nil {
		return // the check of the selector says so
	}
	if _, ok := selectedAccount(f.s.Kube.ServiceAccounts, p.ServiceAccountSelector); !ok {
		unlabelled(f, p)
		return
	}
	if _, missing := f.s.Missing(FactPods); missing || p.PodSelector == nil {
		return
	}
	accounts := f.s.accountLabels()
	var byPod, byAccount []string
	for _, pod := range f.s.podsIn(p.Namespace) {
		ofPod, err := p.PodSelector.Matches(pod.Labels)
		if err != nil || pod.HostNetwork {
			continue
		}
		ofAccount, _ := p.ServiceAccountSelector.Matches(accounts[pod.ServiceAccount])
		switch as := fmt.Sprintf("%s (service account %s)", pod.Name, cmp.Or(pod.ServiceAccount, "default")); {
		case ofPod && ofAccount:
			return
		case ofPod:
			byPod = append(byPod, as)
		case ofAccount:
			byAccount = append(byAccount, as)
		}
	}
	if len(byPod)+len(byAccount) == 0 {
		return
	}
	saw := []string{"podSelector: " + p.PodSelector.String(), "serviceAccountSelector: " + p.ServiceAccountSelector.String()}
	for _, as := range byPod {
		saw = append(saw, "only the podSelector selects "+as)
	}
	for _, as := range byAccount {
		saw = append(saw, "only the serviceAccountSelector selects "+as)
	}
	f.add(checkBothAgree, Warn, "the policy has two selectors, and a pod must match both: no pod does, though each alone or one of them would select some").saw(saw...).on(p.Name).
		mend("use one selector, or make a policy for each", "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
}

// unlabelled tells that no service account has the labels that a policy asks
// for. Often its author meant the account's name.
func unlabelled(f *findings, p PodPolicy) {
	labels := selectedLabels(p.ServiceAccountSelector)
	saw := []string{"serviceAccountSelector: " + p.ServiceAccountSelector.String()}
	named := ""
	for _, a := range f.s.Kube.ServiceAccounts {
		saw = append(saw, fmt.Sprintf("service account %s: %s", a.Name, labelsText(a.Labels)))
		if slices.Contains(slices.Collect(maps.Values(labels)), a.Name) {
			named = a.Name
		}
	}
	status, reason := Warn, "no service account of namespace "+p.Namespace+" has labels that the policy selects, so it selects no pod"
	if named != "" {
		status = Fail
		reason += "; one is named " + named + ", but the selector looks at the labels of the account, not at its name"
	}
	var set []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		set = append(set, quote(k+"="+labels[k]))
	}
	f.add(checkAccounts, status, reason).saw(saw...).on(p.Name).
		mend("label the service account of the pods", "kubectl -n "+p.Namespace+" label serviceaccount "+cmp.Or(named, "ACCOUNT")+" "+strings.Join(set, " "))
}

// labelsText is a set of labels as kubectl shows it.
func labelsText(labels map[string]string) string {
	if len(labels) == 0 {
		return "no labels"
	}
	return (&Selector{MatchLabels: labels}).String()
}
