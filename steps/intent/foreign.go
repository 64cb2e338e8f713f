package intent

import (
	"cmp"
	"slices"
	"strings"

	"podsg/steps/world"
)

// setUpHere reports whether podsg has set up something in the namespace, as its
// objects or the journal say. What the journal holds of no namespace is of a run
// that did not come that far.
func setUpHere(s *world.Snapshot, namespace string) bool {
	if ns := s.Kube.Namespace; ns != nil && ns.Name == namespace && ns.Owned {
		return true
	}
	if sec := s.Kube.Secret; sec != nil && sec.Owned {
		return true
	}
	if slices.ContainsFunc(s.PoliciesIn(namespace), func(p world.PodPolicy) bool { return p.Owned }) {
		return true
	}
	if s.Kube.Journal == nil || len(s.Kube.Journal.Entries) == 0 {
		return false
	}
	elsewhere := false
	for _, e := range s.Kube.Journal.Entries {
		in := journalNamespace(e)
		if in == namespace {
			return true
		}
		elsewhere = elsewhere || in != ""
	}
	return !elsewhere
}

// journalNamespace is the namespace that an entry of the journal is about, or
// empty.
func journalNamespace(e world.JournalEntry) string {
	switch e.Kind {
	case world.KindNamespace:
		return e.Object
	case world.KindPolicy, world.KindSecret, world.KindDeployment, world.KindConfigMap, world.KindServiceAccount:
		namespace, _, _ := strings.Cut(e.Object, "/")
		return namespace
	default:
		return ""
	}
}

// isMeant reports whether something says that the pods of the diagnosed
// namespace use a database that nobody has named: podsg has set it up, a rule
// joins its groups with theirs, or their logs name it.
func (r *Resolver) isMeant(d world.Database) bool {
	s, namespace := r.S, cmp.Or(r.In.Namespace, DefaultNamespace)
	if !r.T.Foreign || d.Identifier == DefaultDBIdentifier && namespace == DefaultNamespace && len(s.PoliciesIn(namespace)) > 0 {
		return true
	}
	var groups []string
	for _, p := range s.PoliciesIn(namespace) {
		groups = append(groups, p.GroupIDs...)
	}
	if joined(s, d.Groups, groups) || joined(s, groups, d.Groups) {
		return true
	}
	return slices.ContainsFunc(s.PodsIn(namespace), func(p world.Pod) bool {
		return slices.ContainsFunc(p.Troubles, func(x world.LogTrouble) bool {
			return d.Address != "" && strings.Contains(strings.ToLower(x.Text), strings.ToLower(d.Address))
		})
	})
}

// joined reports whether a rule of some groups names one of others. The groups
// of the nodes, which many rules name, say nothing of a pod.
func joined(s *world.Snapshot, groups, others []string) bool {
	shared := []string{s.Cloud.Cluster.SecurityGroupID}
	for _, i := range s.Cloud.Instances {
		shared = append(shared, i.PrimaryGroups...)
	}
	for _, id := range groups {
		g, _ := s.Group(id)
		if slices.ContainsFunc(g.Rules, func(r world.Rule) bool {
			return r.PeerGroup != "" && slices.Contains(others, r.PeerGroup) && !slices.Contains(shared, r.PeerGroup)
		}) {
			return true
		}
	}
	return false
}
