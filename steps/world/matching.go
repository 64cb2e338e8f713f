package world

import (
	"errors"
	"slices"
)

// The reasons for which the webhook ignores a policy altogether.
var (
	ErrNoSelector = errors.New("it has neither a podSelector nor a serviceAccountSelector")
	ErrNoGroups   = errors.New("it names no security group")
)

// MatchPolicies tells which security groups a pod gets, exactly as the mutating
// webhook of the VPC resource controller decides it:
//
//   - a policy counts when it has a selector and at least one group;
//   - it matches when every selector that it has matches: the podSelector the
//     labels of the pod, the serviceAccountSelector the labels of the pod's
//     ServiceAccount; an empty selector matches everything;
//   - a selector that cannot be read matches nothing;
//   - the pod gets the union of the groups of all policies that match.
//
// The policies are those of the pod's namespace; others never apply to it.
// groupIDs are in the order of the policies, each once; matched are the names of
// the policies that match; invalid says by name why a policy is ignored or never
// matches.
//
// See pkg/utils/helper.go of aws/amazon-vpc-resource-controller-k8s.
func MatchPolicies(policies []PodPolicy, podLabels, saLabels map[string]string) (groupIDs, matched []string, invalid map[string]error) {
	for _, p := range policies {
		matches, err := p.Selects(podLabels, saLabels)
		if err != nil {
			if invalid == nil {
				invalid = map[string]error{}
			}
			invalid[p.Name] = err
			continue
		}
		if !matches {
			continue
		}
		matched = append(matched, p.Name)
		for _, id := range p.GroupIDs {
			if !slices.Contains(groupIDs, id) {
				groupIDs = append(groupIDs, id)
			}
		}
	}
	return groupIDs, matched, invalid
}

// Selects reports whether the policy selects a pod with these labels, or why it
// can select none.
func (p PodPolicy) Selects(podLabels, saLabels map[string]string) (bool, error) {
	if p.PodSelector == nil && p.ServiceAccountSelector == nil {
		return false, ErrNoSelector
	}
	if len(p.GroupIDs) == 0 {
		return false, ErrNoGroups
	}
	pod, err := p.PodSelector.Matches(podLabels)
	if err != nil {
		return false, err
	}
	account, err := p.ServiceAccountSelector.Matches(saLabels)
	if err != nil {
		return false, err
	}
	return pod && account, nil
}
