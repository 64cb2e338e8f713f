package intent

import (
	"slices"

	"podsg/steps/world"
)

// Policy is the observed policy of the target's name.
func Policy(s *world.Snapshot, t *Target) (world.PodPolicy, bool) {
	for _, p := range s.Kube.Policies {
		if p.Namespace == t.Namespace && p.Name == t.PolicyName {
			return p, true
		}
	}
	return world.PodPolicy{}, false
}

// PolicyMatches reports whether a policy is as wanted. A diagnosis wants no other
// groups than the policy has, unless one was asked for that it lacks.
func (t *Target) PolicyMatches(p world.PodPolicy) bool {
	groups := slices.Equal(p.GroupIDs, []string{t.PodGroup.ID})
	if len(t.PodGroups) > 0 {
		groups = slices.Contains(p.GroupIDs, t.PodGroup.ID)
	}
	return t.PodGroup.ID != "" && groups &&
		world.SameSelector(p.PodSelector, t.Selector) && world.SameSelector(p.ServiceAccountSelector, t.SASelector)
}
