// Package workload finds the workloads that a user names, and proposes the
// selector that catches them and no other pod. It asks nobody.
package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/words"
	"podsg/steps/world"
)

// kinds are the names by which the kinds can be told, as kubectl has them.
var kinds = map[string]string{
	"deployment": world.WorkloadDeployment, "deployments": world.WorkloadDeployment, "deploy": world.WorkloadDeployment,
	"statefulset": world.WorkloadStatefulSet, "statefulsets": world.WorkloadStatefulSet, "sts": world.WorkloadStatefulSet,
	"daemonset": world.WorkloadDaemonSet, "daemonsets": world.WorkloadDaemonSet, "ds": world.WorkloadDaemonSet,
	"job": world.WorkloadJob, "jobs": world.WorkloadJob,
	"cronjob": world.WorkloadCronJob, "cronjobs": world.WorkloadCronJob, "cj": world.WorkloadCronJob,
	"pod": world.WorkloadPod, "pods": world.WorkloadPod, "po": world.WorkloadPod,
}

// Is reports whether a name such as deploy/api or rollout/web is a workload's.
func Is(w world.Workload, named string) bool {
	kind, name, _ := strings.Cut(named, "/")
	kind = strings.ToLower(kind)
	return w.Name == name && strings.EqualFold(cmp.Or(kinds[kind], kind), w.Kind)
}

// Find is the workload of a namespace that a user names. The error says what
// there is instead.
func Find(s *world.Snapshot, namespace, named string) (world.Workload, error) {
	const key = "workload"
	if reason, missing := s.Missing(world.FactWorkloads, world.FactPods); missing {
		return world.Workload{}, world.RefusedAnswer(key, "allow podsg to read it, or select the pods by labels: --pod-selector", "workload: %s cannot be checked: %s", named, reason)
	}
	var elsewhere []string
	for _, w := range s.Kube.Workloads {
		switch {
		case !Is(w, named):
		case w.Namespace == namespace:
			return w, nil
		default:
			elsewhere = append(elsewhere, w.Namespace)
		}
	}
	if len(elsewhere) > 0 {
		return world.Workload{}, world.RefusedAnswer("namespace", fmt.Sprintf("name its namespace: --namespace %s (answers: namespace)", elsewhere[0]),
			"workload: there is no %s in namespace %s, but in %s", named, namespace, strings.Join(words.Distinct(elsewhere), ", "))
	}
	near := near(s.WorkloadsIn(namespace), named)
	hint := "the workloads of namespace " + namespace + ": " + words.JoinAtMost(near, 5)
	if len(near) == 0 {
		hint = "namespace " + namespace + " has no workload; name another with --namespace (answers: namespace)"
	}
	return world.Workload{}, world.RefusedAnswer(key, hint, "workload: there is no %s in namespace %s", named, namespace)
}

// near are the names of workloads, those that are most like another first.
func near(all []world.Workload, named string) []string {
	_, name, found := strings.Cut(named, "/")
	if !found {
		name = named
	}
	var out []string
	for _, w := range all {
		out = append(out, w.Ref())
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(unlike(a, name), unlike(b, name)) })
	return out
}

// unlike is how many letters of a workload's name have to be changed.
func unlike(ref, name string) int {
	_, have, _ := strings.Cut(ref, "/")
	row := make([]int, len(name)+1)
	for i := range row {
		row[i] = i
	}
	for i := range have {
		before := row[0]
		row[0] = i + 1
		for j := range name {
			change := before
			if have[i] != name[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(name)]
}

// Unusable says why the pods of a workload can have no branch ENI; empty: they
// can.
func Unusable(w world.Workload) string {
	switch {
	case w.HostNetwork:
		return "its pods use the network of their node (hostNetwork), so their traffic has the security groups of the node"
	case w.Windows:
		return "its pods run on Windows, where security groups for pods do not work"
	default:
		return ""
	}
}
