package proof

import (
	"context"
	"slices"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Seen looks at the user's own pods: whether they are on a branch ENI that carries
// the security group. What podsg's own pods prove is another matter.
func Seen(ctx context.Context, cloud plan.Cloud, kube plan.Kube, s *world.Snapshot, t *intent.Target) ([]plan.WorkloadSeen, error) {
	workloads := intent.UserWorkloads(s, t)
	if len(workloads) == 0 {
		return nil, nil
	}
	pods, err := kube.Pods(ctx, t.Namespace, nil)
	if err != nil {
		return nil, err
	}
	carriers, err := cloud.GroupInterfaces(ctx, t.PodGroup.ID)
	if err != nil {
		return nil, err
	}
	now := *s
	now.Kube.Pods = pods
	var out []plan.WorkloadSeen
	for _, w := range workloads {
		seen := plan.WorkloadSeen{Kind: w.Kind, Name: w.Name, Namespace: w.Namespace}
		all := now.WorkloadPods(w)
		seen.Pods.Total, seen.Pods.Old = len(all), len(intent.OldPods(&now, w))
		for _, p := range all {
			if slices.ContainsFunc(p.ENIs, func(e world.PodENI) bool {
				return slices.ContainsFunc(carriers, func(i world.Interface) bool { return i.ID == e.ENIID })
			}) {
				seen.Pods.OnBranch++
			}
		}
		out = append(out, seen)
	}
	return out, nil
}
