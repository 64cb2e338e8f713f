package intent

import "podsg/steps/world"

// SelectedPod is a pod that policies select, with the groups that they give it.
type SelectedPod struct {
	world.Pod
	Groups []string
}

// SelectedPods are the living pods of the chosen namespace that its policies
// select, whatever they run on.
func SelectedPods(s *world.Snapshot, t *Target) []SelectedPod {
	policies, accounts := s.PoliciesIn(t.Namespace), s.AccountLabels()
	var out []SelectedPod
	for _, p := range s.PodsIn(t.Namespace) {
		if p.HostNetwork {
			continue
		}
		if groups, _, _ := world.MatchPolicies(policies, p.Labels, accounts[p.ServiceAccount]); len(groups) > 0 {
			out = append(out, SelectedPod{p, groups})
		}
	}
	return out
}

// ClientPods are the selected pods without the groups, Fargate's included.
func ClientPods(s *world.Snapshot, t *Target) []world.Pod {
	var out []world.Pod
	for _, p := range SelectedPods(s, t) {
		out = append(out, p.Pod)
	}
	return out
}

// BranchPods are the selected pods that have a branch ENI, or will have one when
// they are made anew: those on Linux nodes.
func BranchPods(s *world.Snapshot, t *Target) []world.Pod {
	var out []world.Pod
	for _, p := range SelectedPods(s, t) {
		if !p.Fargate && !p.Windows {
			out = append(out, p.Pod)
		}
	}
	return out
}
