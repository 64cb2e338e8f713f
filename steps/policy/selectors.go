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

// mostGroups is how many security groups a network interface can have at most.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const mostGroups = 16

// stray looks for a policy that would select pods of the namespace if it were in
// it. It is told only where no policy of the namespace selects any
// pod, for the same labels are used in many namespaces.
func stray(c *check.Context) {
	if _, partial := c.Kube.Partial[world.FactPolicies]; partial {
		return
	}
	pods := c.PodsIn(c.Target.Namespace)
	if slices.ContainsFunc(pods, func(p world.Pod) bool { return len(c.Selecting(p, c.Target.Namespace)) > 0 }) {
		return
	}
	for _, p := range c.Kube.Policies {
		if p.Namespace == c.Target.Namespace || p.PodSelector.IsEmpty() || !world.SameSelector(p.PodSelector, c.Target.Selector) && c.UsedAtHome(p) {
			continue
		}
		would := c.WouldSelect(p, c.Target.Namespace)
		if len(would) == 0 {
			continue
		}
		// That it selects the very pods that are meant is no chance; that it
		// selects others may be.
		status := check.Warn
		if world.SameSelector(p.PodSelector, c.Target.Selector) {
			status = check.Fail
		}
		c.Add(status, say.T("policy %s selects %s, but is in namespace %s, and a policy acts in its own namespace only", p.Name, p.PodSelector, p.Namespace)).
			Saw("would select "+strings.Join(world.NamesOf(would), ", ")).On(p.Namespace+"/"+p.Name).
			Mend(say.T("make the policy in namespace %s, then restart the pods", c.Target.Namespace), shell.Command("kubectl -n %s get securitygrouppolicy %s -o yaml", p.Namespace, p.Name))
		return
	}
}

// groupCount counts the groups that pods get against what an interface may
// have. It is told only where that may be too many.
func groupCount(c *check.Context, p world.PodPolicy) {
	here, accounts := c.PoliciesIn(p.Namespace), c.AccountLabels()
	most, gives := len(p.GroupIDs), say.T("policy %s gives %d", p.Name, len(p.GroupIDs))
	saw := []string{fmt.Sprintf("%s gives %d: %s", p.Name, len(p.GroupIDs), strings.Join(p.GroupIDs, ", "))}
	for _, pod := range c.PodsIn(p.Namespace) {
		if ok, err := p.Selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok {
			continue
		}
		if groups, matched, _ := world.MatchPolicies(here, pod.Labels, accounts[pod.ServiceAccount]); len(groups) > most {
			most, gives = len(groups), say.T("policies %s together give %d", strings.Join(matched, ", "), len(groups))
			saw = append(saw, fmt.Sprintf("pod %s gets %d: %s", pod.Name, len(groups), strings.Join(groups, ", ")))
		}
	}
	allowed := c.GroupsPerInterface()
	limit := c.Kube.Admission.MaxGroups
	const quota = `aws service-quotas list-service-quotas --service-code vpc --query "Quotas[?QuotaName=='Security groups per network interface'].[QuotaCode,Value]"`
	switch {
	case most > mostGroups:
		c.Fail("%s, and no network interface can have more than %d", gives, mostGroups).Saw(saw...).On(p.Name).
			Mend(say.T("put rules of several groups into one, and name fewer"), editPolicy(p.Namespace, p.Name))
	case most > allowed:
		if reason, missing := c.Missing(world.FactInterfaces); missing {
			saw = append(saw, "whether an interface has more by now: "+reason)
		}
		c.Warn("%s, and a network interface may have %d unless the account's quota was raised", gives, allowed).Saw(saw...).On(p.Name).
			Mend(say.T("see the account's quota, and have it raised or name fewer groups"), quota)
	case limit > 0 && len(p.GroupIDs) > limit:
		c.Warn("policy %s names %d, and the cluster accepts %d: it cannot be changed or made again as it is", p.Name, len(p.GroupIDs), limit).Saw(saw...).On(p.Name).
			Mend(say.T("name fewer groups, or give the others by a second policy"), editPolicy(p.Namespace, p.Name))
	}
}

// selectsAccounts reports whether a policy selects by the labels of service
// accounts, and whether the namespace has one that it selects. It adds a skip
// where that is not known.
func selectsAccounts(c *check.Context, p world.PodPolicy) (selects, found bool) {
	if p.ServiceAccountSelector == nil || p.ServiceAccountSelector.IsEmpty() || !c.Known(world.FactNamespace) {
		return false, false
	}
	if _, err := p.ServiceAccountSelector.Matches(nil); err != nil {
		return false, false // the check of the selector says so
	}
	_, found = world.SelectedAccount(c.Kube.ServiceAccounts, p.ServiceAccountSelector)
	return true, found
}

// bothAgree judges a policy with two selectors. It is told only where that is why
// it selects nothing.
func bothAgree(c *check.Context, p world.PodPolicy) {
	if p.PodSelector == nil {
		return
	}
	if _, found := selectsAccounts(c, p); !found || !c.Known(world.FactPods) {
		return
	}
	accounts := c.AccountLabels()
	var byPod, byAccount []string
	for _, pod := range c.PodsIn(p.Namespace) {
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
	c.Warn("the policy has two selectors, and a pod must match both: no pod does, though each alone or one of them would select some").Saw(saw...).On(p.Name).
		Mend(say.T("use one selector, or make a policy for each"), editPolicy(p.Namespace, p.Name))
}

// noAccount tells that no service account has the labels that a policy asks for.
// Often its author meant the account's name.
func noAccount(c *check.Context, p world.PodPolicy) {
	if selects, found := selectsAccounts(c, p); !selects || found {
		return
	}
	labels := world.SelectedLabels(p.ServiceAccountSelector)
	saw := []string{"serviceAccountSelector: " + p.ServiceAccountSelector.String()}
	named := ""
	for _, a := range c.Kube.ServiceAccounts {
		saw = append(saw, fmt.Sprintf("service account %s: %s", a.Name, world.LabelsText(a.Labels)))
		if slices.Contains(slices.Collect(maps.Values(labels)), a.Name) {
			named = a.Name
		}
	}
	status, reason := check.Warn, say.T("no service account of namespace %s has labels that the policy selects, so it selects no pod", p.Namespace)
	if named != "" {
		status = check.Fail
		reason = say.T("%s; one is named %s, but the selector looks at the labels of the account, not at its name", reason, named)
	}
	var set []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		set = append(set, k+"="+labels[k])
	}
	c.Add(status, reason).Saw(saw...).On(p.Name).
		Mend(say.T("label the service account of the pods"), shell.Command("kubectl -n %s label serviceaccount %s %s", p.Namespace, cmp.Or(named, "ACCOUNT"), set))
}
