package world

import (
	"maps"
	"slices"
)

// NamespaceFacts is what was observed of one namespace, beside the cluster's own
// facts.
type NamespaceFacts struct {
	Name            string           `json:"name"`
	Namespace       *Namespace       `json:"namespace,omitempty"`
	ServiceAccounts []ServiceAccount `json:"serviceAccounts,omitempty"`
	Secret          *SecretFacts     `json:"secret,omitempty"`
	CAConfigMap     *ObjectFacts     `json:"caConfigMap,omitempty"`
	Events          []ClusterEvent   `json:"events,omitempty"`
	DryRun          DryRun           `json:"dryRun,omitzero"`
	// Gaps says which of its facts could not be observed.
	Gaps map[Fact]Gap `json:"gaps,omitempty"`
}

// DryRun is the proof by server-side dry run that a pod like those that a policy
// selects gets the branch ENI limit.
type DryRun struct {
	// Policy is the name of the policy that such a pod was made for; empty: the
	// only one, or none was tried.
	Policy string `json:"policy,omitempty"`
	// Injected is nil when it was not tried, or refused.
	Injected *bool  `json:"dryRunInjected,omitempty"`
	Error    string `json:"dryRunError,omitempty"`
}

// factsOfNamespace are the facts that are observed of a namespace at a time.
func factsOfNamespace() []Fact {
	return []Fact{FactNamespace, FactSecret, FactEvents, FactLogs}
}

// In is the snapshot with another of its observed namespaces as the chosen one:
// whatever is said of that one is then said of this. A namespace that was not
// observed beside the chosen one leaves the snapshot as it is.
func (s *Snapshot) In(namespace string) *Snapshot {
	i := slices.IndexFunc(s.Kube.Others, func(o NamespaceFacts) bool { return o.Name == namespace })
	if i < 0 || s.Kube.Chosen == namespace {
		return s
	}
	o, view := s.Kube.Others[i], *s
	k := &view.Kube
	k.Others = slices.Concat(s.Kube.Others[:i], s.Kube.Others[i+1:], []NamespaceFacts{s.chosenFacts()})
	k.Chosen = namespace
	k.Namespace, k.ServiceAccounts, k.Secret, k.CAConfigMap = o.Namespace, o.ServiceAccounts, o.Secret, o.CAConfigMap
	k.Events = slices.Concat(slices.DeleteFunc(slices.Clone(s.Kube.Events), func(e ClusterEvent) bool { return e.ofNamespace() }), o.Events)
	slices.SortStableFunc(k.Events, func(a, b ClusterEvent) int { return a.At.Compare(b.At) })
	k.Admission.DryRunPolicy, k.Admission.DryRunInjected, k.Admission.DryRunError = o.DryRun.Policy, o.DryRun.Injected, o.DryRun.Error
	view.Gaps = maps.Clone(s.Gaps)
	for _, f := range factsOfNamespace() {
		if s.unreachable(f) {
			continue // nothing of the cluster could be observed
		}
		delete(view.Gaps, f)
	}
	for f, g := range o.Gaps {
		if view.Gaps == nil {
			view.Gaps = map[Fact]Gap{}
		}
		view.Gaps[f] = g
	}
	return &view
}

// chosenFacts are the facts of the chosen namespace, as those of any other.
func (s *Snapshot) chosenFacts() NamespaceFacts {
	k := s.Kube
	o := NamespaceFacts{
		Name: k.Chosen, Namespace: k.Namespace, ServiceAccounts: k.ServiceAccounts, Secret: k.Secret, CAConfigMap: k.CAConfigMap,
		Events: slices.DeleteFunc(slices.Clone(k.Events), func(e ClusterEvent) bool { return !e.ofNamespace() }),
		DryRun: DryRun{Policy: k.Admission.DryRunPolicy, Injected: k.Admission.DryRunInjected, Error: k.Admission.DryRunError},
	}
	for _, f := range factsOfNamespace() {
		if g, missing := s.Gaps[f]; missing {
			if o.Gaps == nil {
				o.Gaps = map[Fact]Gap{}
			}
			o.Gaps[f] = g
		}
	}
	return o
}

// unreachable reports whether a fact is missing because the cluster's API is.
func (s *Snapshot) unreachable(f Fact) bool {
	g, missing := s.Gaps[f]
	nodes, all := s.Gaps[FactNodes]
	return missing && all && g == nodes
}

// ofNamespace reports whether an event is of the objects of one namespace. The
// events of nodes are everybody's.
func (e ClusterEvent) ofNamespace() bool { return e.Kind != "Node" }

// Namespaces are the namespaces that were observed: the chosen one, then those
// beside it.
func (s *Snapshot) Namespaces() []string {
	out := []string{s.Kube.Chosen}
	for _, o := range s.Kube.Others {
		out = append(out, o.Name)
	}
	return out
}
