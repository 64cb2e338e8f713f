package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

var (
	CheckStray      = check.Check{ID: "D46", Title: "The policy for the pods is in their namespace"}
	CheckGroupLimit = check.Check{ID: "D53", Title: "Policies give no more groups than an interface may have"}
	CheckBothAgree  = check.Check{ID: "D49", Title: "Pods match both selectors of the policy"}
	CheckAccounts   = check.Check{ID: "D50", Title: "A service account has the selected labels"}
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
func checkStrayPolicies(f *check.Findings) {
	if _, partial := f.S.Kube.Partial[world.FactPolicies]; partial {
		return
	}
	if _, missing := f.S.Missing(world.FactPods); missing {
		return // the check of the selector says so
	}
	pods := f.S.PodsIn(f.T.Namespace)
	if slices.ContainsFunc(pods, func(p world.Pod) bool { return len(f.S.Selecting(p, f.T.Namespace)) > 0 }) {
		return
	}
	for _, p := range f.S.Kube.Policies {
		if p.Namespace == f.T.Namespace || p.PodSelector.IsEmpty() || !world.SameSelector(p.PodSelector, f.T.Selector) && f.S.UsedAtHome(p) {
			continue
		}
		would := f.S.WouldSelect(p, f.T.Namespace)
		if len(would) == 0 {
			continue
		}
		// That it selects the very pods that are meant is no chance; that it
		// selects others may be.
		status := check.Warn
		if world.SameSelector(p.PodSelector, f.T.Selector) {
			status = check.Fail
		}
		f.Add(CheckStray, status, fmt.Sprintf("policy %s selects %s, but is in namespace %s, and a policy acts in its own namespace only", p.Name, p.PodSelector, p.Namespace)).
			Saw("would select "+strings.Join(world.NamesOf(would), ", ")).On(p.Namespace+"/"+p.Name).
			Mend(say.T("%s", "make the policy in namespace "+f.T.Namespace+", then restart the pods"), "kubectl -n "+p.Namespace+" get securitygrouppolicy "+p.Name+" -o yaml")
		return
	}
}

// checkGroupCount counts the groups that pods get against what an interface may
// have. It is told only where that may be too many.
func checkGroupCount(f *check.Findings, p world.PodPolicy) {
	here, accounts := f.S.PoliciesIn(p.Namespace), f.S.AccountLabels()
	most, whose := len(p.GroupIDs), "policy "+p.Name+" gives"
	saw := []string{fmt.Sprintf("%s gives %d: %s", p.Name, len(p.GroupIDs), strings.Join(p.GroupIDs, ", "))}
	for _, pod := range f.S.PodsIn(p.Namespace) {
		if ok, err := p.Selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok {
			continue
		}
		if groups, matched, _ := world.MatchPolicies(here, pod.Labels, accounts[pod.ServiceAccount]); len(groups) > most {
			most, whose = len(groups), fmt.Sprintf("policies %s together give", strings.Join(matched, ", "))
			saw = append(saw, fmt.Sprintf("pod %s gets %d: %s", pod.Name, len(groups), strings.Join(groups, ", ")))
		}
	}
	// An interface that has as many shows that the quota was raised.
	allowed := usualGroups
	for _, e := range f.S.Cloud.Interfaces {
		allowed = max(allowed, len(e.Groups))
	}
	limit := f.S.Kube.Admission.MaxGroups
	const quota = `aws service-quotas list-service-quotas --service-code vpc --query "Quotas[?QuotaName=='Security groups per network interface'].[QuotaCode,Value]"`
	switch {
	case most > mostGroups:
		f.Add(CheckGroupLimit, check.Fail, fmt.Sprintf("%s %d, and no network interface can have more than %d", whose, most, mostGroups)).Saw(saw...).On(p.Name).
			Mend(say.T("put rules of several groups into one, and name fewer"), "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
	case most > allowed:
		if reason, missing := f.S.Missing(world.FactInterfaces); missing {
			saw = append(saw, "whether an interface has more by now: "+reason)
		}
		f.Add(CheckGroupLimit, check.Warn, fmt.Sprintf("%s %d, and a network interface may have %d unless the account's quota was raised", whose, most, allowed)).Saw(saw...).On(p.Name).
			Mend(say.T("see the account's quota, and have it raised or name fewer groups"), quota)
	case limit > 0 && len(p.GroupIDs) > limit:
		f.Add(CheckGroupLimit, check.Warn, fmt.Sprintf("policy %s names %d, and the cluster accepts %d: it cannot be changed or made again as it is", p.Name, len(p.GroupIDs), limit)).Saw(saw...).On(p.Name).
			Mend(say.T("name fewer groups, or give the others by a second policy"), "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
	}
}

// checkSelectors judges a policy that selects by service accounts. It is told
// only where that is why it selects nothing.
func checkSelectors(f *check.Findings, p world.PodPolicy) {
	if p.ServiceAccountSelector == nil || p.ServiceAccountSelector.IsEmpty() {
		return
	}
	if !f.Known(CheckAccounts, world.FactNamespace) {
		return
	}
	if _, err := p.ServiceAccountSelector.Matches(nil); err != nil {
		return // the check of the selector says so
	}
	if _, ok := world.SelectedAccount(f.S.Kube.ServiceAccounts, p.ServiceAccountSelector); !ok {
		unlabelled(f, p)
		return
	}
	if _, missing := f.S.Missing(world.FactPods); missing || p.PodSelector == nil {
		return
	}
	accounts := f.S.AccountLabels()
	var byPod, byAccount []string
	for _, pod := range f.S.PodsIn(p.Namespace) {
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
	f.Add(CheckBothAgree, check.Warn, "the policy has two selectors, and a pod must match both: no pod does, though each alone or one of them would select some").Saw(saw...).On(p.Name).
		Mend(say.T("use one selector, or make a policy for each"), "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
}

// unlabelled tells that no service account has the labels that a policy asks
// for. Often its author meant the account's name.
func unlabelled(f *check.Findings, p world.PodPolicy) {
	labels := world.SelectedLabels(p.ServiceAccountSelector)
	saw := []string{"serviceAccountSelector: " + p.ServiceAccountSelector.String()}
	named := ""
	for _, a := range f.S.Kube.ServiceAccounts {
		saw = append(saw, fmt.Sprintf("service account %s: %s", a.Name, world.LabelsText(a.Labels)))
		if slices.Contains(slices.Collect(maps.Values(labels)), a.Name) {
			named = a.Name
		}
	}
	status, reason := check.Warn, "no service account of namespace "+p.Namespace+" has labels that the policy selects, so it selects no pod"
	if named != "" {
		status = check.Fail
		reason += "; one is named " + named + ", but the selector looks at the labels of the account, not at its name"
	}
	var set []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		set = append(set, shell.Quote(k+"="+labels[k]))
	}
	f.Add(CheckAccounts, status, reason).Saw(saw...).On(p.Name).
		Mend(say.T("label the service account of the pods"), "kubectl -n "+p.Namespace+" label serviceaccount "+cmp.Or(named, "ACCOUNT")+" "+strings.Join(set, " "))
}
