package world

import (
	"slices"
	"strings"
	"time"
)

// SelectedAccount is an observed service account that a selector selects, or
// empty: there is none. Without a selector any will do, which is also empty.
func SelectedAccount(accounts []ServiceAccount, selector *Selector) (name string, ok bool) {
	if selector == nil {
		return "", true
	}
	for _, a := range accounts {
		if ok, err := selector.Matches(a.Labels); err == nil && ok {
			return a.Name, true
		}
	}
	return "", false
}

// PoliciesIn are the policies of a namespace: no others apply to its pods.
func (s *Snapshot) PoliciesIn(namespace string) []PodPolicy {
	var out []PodPolicy
	for _, p := range s.Kube.Policies {
		if p.Namespace == namespace {
			out = append(out, p)
		}
	}
	return out
}

// LabelAccess is the label of podsg's own pods that try an access of the user's;
// its value is the access' policy.
const LabelAccess = "podsg/access"

// OfProbes reports whether a policy is podsg's own, for its probe pods: it gives
// nobody else access, and goes with them.
func (p PodPolicy) OfProbes() bool {
	return p.Owned && p.PodSelector != nil && p.PodSelector.MatchLabels[LabelAccess] != ""
}

// probePolicySuffix ends the names of policies for probe pods.
const probePolicySuffix = "-probe"

// ProbePolicyName is the name of podsg's own policy for the probe pods of the
// access of a policy.
func ProbePolicyName(policy string) string { return policy + probePolicySuffix }

// Access is the name of the policy whose access this one belongs to: its own, or
// the one that the probe pods try.
func (p PodPolicy) Access() string {
	if p.OfProbes() {
		return strings.TrimSuffix(p.Name, probePolicySuffix)
	}
	return p.Name
}

// Policy is the policy of a name.
func (s *Snapshot) Policy(namespace, name string) (PodPolicy, bool) {
	for _, p := range s.Kube.Policies {
		if p.Namespace == namespace && p.Name == name {
			return p, true
		}
	}
	return PodPolicy{}, false
}

// SelectedLater reports whether a policy that selects a pod now cannot have
// selected it when it was created. Creation times have whole seconds: of two
// objects of the same second nobody can say which was first.
func (s *Snapshot) SelectedLater(pod Pod, p PodPolicy) bool {
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

// WouldSelect are the pods of a namespace that a policy would select if it were
// there.
func (s *Snapshot) WouldSelect(p PodPolicy, namespace string) []Pod {
	if p.PodSelector.IsEmpty() {
		return nil // it would select anything
	}
	accounts := s.AccountLabels()
	var out []Pod
	for _, pod := range s.PodsIn(namespace) {
		if ok, err := p.Selects(pod.Labels, accounts[pod.ServiceAccount]); err == nil && ok && !pod.HostNetwork {
			out = append(out, pod)
		}
	}
	return out
}

// Selecting are the policies of a namespace that select a pod.
func (s *Snapshot) Selecting(pod Pod, namespace string) []string {
	_, matched, _ := MatchPolicies(s.PoliciesIn(namespace), pod.Labels, s.AccountLabels()[pod.ServiceAccount])
	return matched
}

// UsedAtHome reports whether pods of a policy's own namespace have it. Of other
// namespaces only the pods with a branch ENI are observed.
func (s *Snapshot) UsedAtHome(p PodPolicy) bool {
	return slices.ContainsFunc(s.PodsIn(p.Namespace), func(pod Pod) bool {
		ok, err := p.PodSelector.Matches(pod.Labels)
		return err == nil && ok
	})
}
