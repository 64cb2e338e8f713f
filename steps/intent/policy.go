package intent

import (
	"slices"

	"podsg/steps/words"
	"podsg/steps/world"
)

// Policy is the observed policy of the target's name.
func Policy(s *world.Snapshot, t *Target) (world.PodPolicy, bool) {
	return s.Policy(t.Namespace, t.PolicyName)
}

// PolicyMatches reports whether a policy is as wanted. A diagnosis wants no other
// groups than the policy has, unless one was asked for that it lacks.
func (t *Target) PolicyMatches(p world.PodPolicy) bool {
	groups := t.GivesGroups(p)
	if len(t.PodGroups) > 0 {
		groups = t.PodGroup.ID != "" && slices.Contains(p.GroupIDs, t.PodGroup.ID)
	}
	return groups && world.SameSelector(p.PodSelector, t.Selector) && world.SameSelector(p.ServiceAccountSelector, t.SASelector)
}

// GivesGroups reports whether a policy gives the groups that are wanted, and no
// others.
func (t *Target) GivesGroups(p world.PodPolicy) bool {
	ids := RefIDs(t.PolicyGroups)
	return len(ids) == len(t.PolicyGroups) && len(ids) > 0 && words.SameSet(p.GroupIDs, ids)
}
