// Package access says which accesses a cluster has: these pods carry this security
// group by this SecurityGroupPolicy and so reach these targets. It is computed from
// a snapshot, whoever made the policy.
package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"podsg/steps/world"
)

// Owner says who made an access.
type Owner string

// The owners.
const (
	Podsg   Owner = "podsg"   // podsg made the policy
	Adopted Owner = "adopted" // podsg was given it, and added to it
	Other   Owner = "other"   // somebody else
)

// State is how an access is, by what can be seen of it. It is no diagnosis: a
// healthy access may still have a finding.
type State string

// The states.
const (
	Healthy  State = "healthy"
	Degraded State = "degraded" // some of its pods are without it
	Broken   State = "broken"   // none of its pods has it
	Unknown  State = "unknown"  // there is nothing to see, or it was not read
)

// Access is one access of a cluster.
type Access struct {
	Namespace string `json:"namespace"`
	// Policy is the name of its policy, of several the first.
	Policy string `json:"policy"`
	// Policies are the names of all, where several select the same pods: the
	// controller gives those the groups of all of them.
	Policies  []string `json:"policies,omitempty"`
	OwnedBy   Owner    `json:"ownedBy"`
	Workloads []string `json:"workloads"` // kind/name
	Pods      Pods     `json:"pods"`
	Groups    []string `json:"groups"` // that its pods get
	Targets   []Target `json:"targets"`
	State     State    `json:"state"`
	// Why says what the state is by, where it is not healthy.
	Why []string `json:"why,omitempty"`
}

// Pods counts the pods of an access. Those of the host network, which no policy
// changes, and those that have ended are not among them.
type Pods struct {
	Selected      int `json:"selected"`
	WithBranchENI int `json:"withBranchEni"`
	Waiting       int `json:"waiting"` // ask for a branch ENI and have none yet
	// Old were made without the policy and have no branch ENI until they are made
	// anew.
	Old int `json:"old"`
}

// All are the accesses of a snapshot, by namespace and policy.
func All(s *world.Snapshot) []Access {
	byNamespace := map[string][]world.PodPolicy{}
	for _, p := range s.Kube.Policies {
		if p.OfProbes() {
			continue // an access that is tried is shown by its own policy
		}
		byNamespace[p.Namespace] = append(byNamespace[p.Namespace], p)
	}
	out := []Access{}
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		view := s.In(namespace)
		look := newLook(view, byNamespace[namespace])
		for _, together := range look.combined() {
			out = append(out, look.access(together))
		}
	}
	return out
}

// look is what all accesses of one namespace have in common.
type look struct {
	*world.Snapshot
	policies []world.PodPolicy
	accounts map[string]map[string]string
	pods     []world.Pod
}

func newLook(s *world.Snapshot, policies []world.PodPolicy) *look {
	pods := slices.DeleteFunc(s.PodsIn(policies[0].Namespace), func(p world.Pod) bool { return p.HostNetwork })
	return &look{Snapshot: s, policies: policies, accounts: s.AccountLabels(), pods: pods}
}

// selected are the pods that a policy selects.
func (l *look) selected(p world.PodPolicy) []world.Pod {
	var out []world.Pod
	for _, pod := range l.pods {
		if ok, err := p.Selects(pod.Labels, l.accounts[pod.ServiceAccount]); err == nil && ok {
			out = append(out, pod)
		}
	}
	return out
}

// combined are the policies, those together that select the same pods, or would
// by having the same selectors.
func (l *look) combined() [][]world.PodPolicy {
	var out [][]world.PodPolicy
	var keys []string
	for _, p := range l.policies {
		key := p.PodSelector.String() + "\x00" + p.ServiceAccountSelector.String()
		if pods := l.selected(p); len(pods) > 0 {
			key = strings.Join(world.NamesOf(pods), "\x00")
		}
		if i := slices.Index(keys, key); i >= 0 {
			out[i] = append(out[i], p)
			continue
		}
		keys, out = append(keys, key), append(out, []world.PodPolicy{p})
	}
	return out
}

// access is the access of some policies that go together.
func (l *look) access(policies []world.PodPolicy) Access {
	first := policies[0]
	pods := l.selected(first)
	a := Access{
		Namespace: first.Namespace, Policy: first.Name, OwnedBy: owner(l.Snapshot, policies), Workloads: l.workloads(policies),
		Pods: count(pods), Groups: l.groups(policies, pods),
	}
	if len(policies) > 1 {
		for _, p := range policies {
			a.Policies = append(a.Policies, p.Name)
		}
	}
	a.Targets = Targets(l.Snapshot, a.Groups)
	a.State, a.Why = l.state(policies, pods, a)
	return a
}

// groups are those that every pod of the access gets: those of its policies, and
// of others that happen to select all of its pods too.
func (l *look) groups(policies []world.PodPolicy, pods []world.Pod) []string {
	out := []string{}
	if len(pods) == 0 {
		for _, p := range policies {
			out = append(out, p.GroupIDs...)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	for i, pod := range pods {
		groups, _, _ := world.MatchPolicies(l.policies, pod.Labels, l.accounts[pod.ServiceAccount])
		if i == 0 {
			out = append(out, groups...)
			continue
		}
		out = slices.DeleteFunc(out, func(id string) bool { return !slices.Contains(groups, id) })
	}
	return out
}

// owner says who made policies that go together: podsg, if it made one of them.
func owner(s *world.Snapshot, policies []world.PodPolicy) Owner {
	out := Other
	for _, p := range policies {
		entry, recorded := s.Kube.Journal.Entry(world.KindPolicy, p.Namespace+"/"+p.Name)
		switch {
		case recorded && !entry.Created:
			out = Adopted
		case p.Owned:
			return Podsg
		}
	}
	return out
}

// workloads are those whose pods the policies select, whether or not there are
// any now. What a CronJob makes goes by its name.
func (l *look) workloads(policies []world.PodPolicy) []string {
	out := []string{}
	for _, w := range l.WorkloadsIn(policies[0].Namespace) {
		if w.Owner != "" || w.HostNetwork {
			continue
		}
		for _, p := range policies {
			if ok, err := p.Selects(w.PodLabels, l.accounts[cmp.Or(w.ServiceAccount, "default")]); err == nil && ok {
				out = append(out, w.Ref())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
