package scheduler

import (
	"fmt"
	"slices"
	"strings"
)

// unschedulableMessage words, as kube-scheduler 1.35 and later do, why none of
// the nodes can take a pod: a histogram of the reasons, then what each later
// stage of the scheduler (resource claims, preemption) had to say.
func unschedulableMessage(nodes int, misfits []*misfit) string {
	if nodes == 0 {
		return "no nodes available to schedule pods"
	}
	reasons, preemption := map[string]int{}, map[string]int{}
	for _, m := range misfits {
		for _, r := range m.reasons {
			reasons[r]++
		}
		if m.resolvable {
			preemption["No preemption victims found for incoming pod"]++
		} else {
			preemption["Preemption is not helpful for scheduling"]++
		}
	}
	return fmt.Sprintf("0/%d nodes are available: %s. no new claims to deallocate, preemption: 0/%d nodes are available: %s.",
		nodes, histogram(reasons), nodes, histogram(preemption))
}

func histogram(counts map[string]int) string {
	parts := make([]string, 0, len(counts))
	for what, n := range counts {
		parts = append(parts, fmt.Sprintf("%d %s", n, what))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
