package steps

import "slices"

// selectedPod is a pod that policies select, with the groups that they give it.
type selectedPod struct {
	Pod
	groups []string
}

// selectedPods are the living pods of the chosen namespace that its policies
// select, whatever they run on.
func (s *Snapshot) selectedPods(t *Target) []selectedPod {
	policies, accounts := s.policiesIn(t.Namespace), s.accountLabels()
	var out []selectedPod
	for _, p := range s.podsIn(t.Namespace) {
		if p.HostNetwork {
			continue
		}
		if groups, _, _ := MatchPolicies(policies, p.Labels, accounts[p.ServiceAccount]); len(groups) > 0 {
			out = append(out, selectedPod{p, groups})
		}
	}
	return out
}

// clientPods are the selected pods without the groups, Fargate's included.
func (s *Snapshot) clientPods(t *Target) []Pod {
	var out []Pod
	for _, p := range s.selectedPods(t) {
		out = append(out, p.Pod)
	}
	return out
}

// branchPods are the selected pods that have a branch ENI, or will have one when
// they are made anew: those on Linux nodes.
func (s *Snapshot) branchPods(t *Target) []Pod {
	var out []Pod
	for _, p := range s.selectedPods(t) {
		if !p.Fargate && !p.Windows {
			out = append(out, p.Pod)
		}
	}
	return out
}

// waitingPods are the pods that ask for a branch ENI and have no node yet.
func (s *Snapshot) waitingPods() []Pod {
	var out []Pod
	for _, p := range s.Kube.Pods {
		if p.ENILimitOn >= 0 && p.Node == "" && !p.Fargate && !p.Terminating && !p.ended() {
			out = append(out, p)
		}
	}
	return out
}

// lastPodEvent is the newest event of a pod with one of the given reasons.
func (s *Snapshot) lastPodEvent(p Pod, reasons ...string) (ClusterEvent, bool) {
	for _, e := range slices.Backward(s.Kube.Events) {
		if e.Kind == "Pod" && e.Namespace == p.Namespace && e.Name == p.Name && slices.Contains(reasons, e.Reason) {
			return e, true
		}
	}
	return ClusterEvent{}, false
}

// podNames are the names of pods, a line each; of many the first.
func podNames(pods []Pod) []string {
	return few(namesOf(pods))
}
