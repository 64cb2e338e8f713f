package workload

import (
	"maps"
	"slices"
	"strings"

	"podsg/steps/world"
)

// Proposal is how a policy selects workloads.
type Proposal struct {
	Pods     *world.Selector // by the labels of pods
	Accounts *world.Selector // by the labels of service accounts
	// Others are the workloads and pods of the namespace that it catches besides,
	// as kind/name.
	Others []string
}

// Propose finds the selector that catches the chosen workloads of a namespace and
// nothing else: by the labels that they select their own pods by, by further
// labels of their templates, by the values that they have of one label, or by
// the labels of their service account. If all catch others too, it is the first,
// with those others.
func Propose(s *world.Snapshot, chosen []world.Workload) Proposal {
	var first *Proposal
	for _, p := range candidates(s, chosen) {
		if !p.catches(s, chosen) {
			continue
		}
		p.Others = Others(s, chosen, p.Pods, p.Accounts)
		if len(p.Others) == 0 {
			return p
		}
		if first == nil {
			first = &p
		}
	}
	if first == nil {
		return Proposal{}
	}
	return *first
}

// candidates are the selectors that come into question, the best first.
func candidates(s *world.Snapshot, chosen []world.Workload) []Proposal {
	var out []Proposal
	byLabels := func(labels map[string]string, more ...world.SelectorRequirement) {
		if len(labels)+len(more) > 0 {
			out = append(out, Proposal{Pods: &world.Selector{MatchLabels: labels, MatchExpressions: more}})
		}
	}
	own, all := common(chosen, ownLabels), common(chosen, stableLabels)
	byLabels(own)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if _, has := own[key]; !has { // one more label of the templates
			more := maps.Clone(own)
			if more == nil {
				more = map[string]string{}
			}
			more[key] = all[key]
			byLabels(more)
		}
	}
	byLabels(all)
	if len(chosen) > 1 {
		for _, key := range slices.Sorted(maps.Keys(stableLabels(chosen[0]))) {
			var values []string
			for _, w := range chosen {
				if value, has := stableLabels(w)[key]; has {
					values = append(values, value)
				}
			}
			if len(values) == len(chosen) && all[key] == "" {
				slices.Sort(values)
				byLabels(nil, world.SelectorRequirement{Key: key, Operator: "In", Values: slices.Compact(values)})
			}
		}
	}
	accounts := s.AccountLabels()
	if labels := common(chosen, func(w world.Workload) map[string]string { return accounts[account(w)] }); len(labels) > 0 {
		out = append(out, Proposal{Accounts: &world.Selector{MatchLabels: labels}})
	}
	return out
}

// generated are labels that controllers write, with another value for every
// revision or run.
var generated = []string{"pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name", "controller-uid", "job-name"}

// stableLabels are the labels that the pods of a workload keep.
func stableLabels(w world.Workload) map[string]string {
	out := maps.Clone(w.PodLabels)
	maps.DeleteFunc(out, func(k, _ string) bool {
		return slices.Contains(generated, k) || strings.HasPrefix(k, "batch.kubernetes.io/") || strings.HasPrefix(k, "apps.kubernetes.io/")
	})
	return out
}

// ownLabels are the labels that a workload selects its own pods by. A Job's are
// made for one run.
func ownLabels(w world.Workload) map[string]string {
	labels := stableLabels(w)
	if w.Selector == nil || w.Kind == world.WorkloadJob || len(w.Selector.MatchLabels) == 0 {
		return labels
	}
	maps.DeleteFunc(labels, func(k, v string) bool { return w.Selector.MatchLabels[k] != v })
	return labels
}

// common are the labels that all workloads have with the same value.
func common(all []world.Workload, of func(world.Workload) map[string]string) map[string]string {
	var out map[string]string
	for i, w := range all {
		labels := of(w)
		if i == 0 {
			out = maps.Clone(labels)
			continue
		}
		maps.DeleteFunc(out, func(k, v string) bool {
			have, has := labels[k]
			return !has || have != v
		})
	}
	return out
}

// account is the service account of a workload's pods.
func account(w world.Workload) string {
	if w.ServiceAccount == "" {
		return "default"
	}
	return w.ServiceAccount
}

// Catches reports whether selectors catch the pods that a workload makes.
func Catches(s *world.Snapshot, w world.Workload, pods, accounts *world.Selector) bool {
	if pods == nil && accounts == nil || w.HostNetwork {
		return false
	}
	byPod, err := pods.Matches(stableLabels(w))
	if err != nil {
		return false
	}
	byAccount, err := accounts.Matches(s.AccountLabels()[account(w)])
	return err == nil && byPod && byAccount
}

func (p Proposal) catches(s *world.Snapshot, chosen []world.Workload) bool {
	return !slices.ContainsFunc(chosen, func(w world.Workload) bool { return !Catches(s, w, p.Pods, p.Accounts) })
}

// Others are the workloads of the chosen ones' namespace that selectors catch
// besides, and pods that are of none, as kind/name. podsg's own do not count.
func Others(s *world.Snapshot, chosen []world.Workload, pods, accounts *world.Selector) []string {
	if len(chosen) == 0 {
		return nil
	}
	var out []string
	for _, w := range s.WorkloadsIn(chosen[0].Namespace) {
		isChosen := func(c world.Workload) bool {
			return c.Kind == w.Kind && c.Name == w.Name || w.Owner == c.Kind+"/"+c.Name || c.Owner == w.Kind+"/"+w.Name
		}
		if !w.Owned && !slices.ContainsFunc(chosen, isChosen) && Catches(s, w, pods, accounts) {
			out = append(out, w.Ref())
		}
	}
	return out
}
