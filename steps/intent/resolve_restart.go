package intent

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// OldPods are the pods of a workload that have no branch ENI: they were made
// before a policy selected them, and keep the groups of their node.
func OldPods(s *world.Snapshot, w world.Workload) []world.Pod {
	return slices.DeleteFunc(s.WorkloadPods(w), func(p world.Pod) bool {
		return len(p.ENIs) > 0 || p.RawENI != "" || p.ENILimitOn >= 0 || p.HostNetwork || p.Fargate || p.Windows
	})
}

// Restartable reports whether a workload replaces its pods by itself when its
// template is touched; why not, in words.
func Restartable(w world.Workload) (why string, ok bool) {
	switch {
	case w.Kind == world.WorkloadPod:
		return "nothing makes it anew: delete it and apply it again yourself", false
	case w.Kind == world.WorkloadJob:
		return "a Job that runs is not started again: let it end, its next run gets them", false
	case w.Kind == world.WorkloadCronJob:
		return "its next run gets them", false
	case !w.ByTemplate():
		return "podsg does not know this kind: restart it by its own tool", false
	case w.Strategy == "OnDelete":
		return "its strategy is OnDelete: delete its pods one after the other yourself", false
	default:
		return "", true
	}
}

// ToRestart are the workloads with pods that are older than their policy and that
// can be restarted.
func ToRestart(s *world.Snapshot, t *Target) []world.Workload {
	return slices.DeleteFunc(UserWorkloads(s, t), func(w world.Workload) bool {
		_, ok := Restartable(w)
		return !ok || len(OldPods(s, w)) == 0
	})
}

// restart asks whether pods that are older than their policy are made anew, and
// sees whether there is room for the new ones.
func (r *Resolver) restart() error {
	if r.diagnosing {
		return nil
	}
	workloads := ToRestart(r.S, &r.T)
	if len(workloads) == 0 || r.In.Restart == RestartNever {
		return nil
	}
	if r.In.Restart == RestartRolling {
		return r.roomToRestart(workloads)
	}
	var lines []string
	for _, w := range workloads {
		lines = append(lines, fmt.Sprintf("%s (%s)", w.Ref(), words.NumberOf(len(OldPods(r.S, w)), "pod")))
	}
	r.ask(Question{
		Key: "restart", Flag: "--restart",
		Text: fmt.Sprintf("pods of %s run without the security group: they are older than the policy, and get it only when they are made anew. Restart them?", strings.Join(lines, ", ")),
		Choices: []Choice{
			{Value: RestartRolling, Label: RestartRolling, Detail: []string{"restart each by its own strategy, once everything else is done"}},
			{Value: RestartNever, Label: RestartNever, Detail: []string{"leave them: they go on with the groups of their nodes"}},
		},
	})
	return nil
}

// roomToRestart refuses a restart for whose pods there are too few branch ENIs on
// the nodes that they may run on: the new ones would hang.
func (r *Resolver) roomToRestart(workloads []world.Workload) error {
	if _, missing := r.S.Missing(world.FactNodes, world.FactPods); missing {
		return nil
	}
	used := world.BranchesUsed(r.S.Kube.Pods)
	taken := map[string]int{}
	for _, w := range workloads {
		need := w.Replicas + w.Surge
		var why []string
		free := 0
		for _, n := range r.S.Kube.Nodes {
			refusal := r.S.NoTrunk(n)
			if refusal == "" {
				refusal = w.Scheduling.Refuses(n)
			}
			if refusal != "" {
				why = append(why, n.Name+": "+refusal)
				continue
			}
			room := max(0, branchesOf(r.S, n)-used[n.Name]-taken[n.Name])
			if room == 0 {
				why = append(why, n.Name+": its branch ENIs are all in use")
			}
			if w.Kind == world.WorkloadDaemonSet {
				room = min(room, 1)
			}
			take := min(room, need-free)
			free += room
			taken[n.Name] += max(0, take)
		}
		if free < need && w.Kind != world.WorkloadDaemonSet {
			return world.RefusedAnswer("restart", "add nodes that these pods may run on, of a type with a trunk; or leave the pods as they are: --restart never (answers: restart). "+
				strings.Join(words.Few(why), "; "),
				"restart: %s needs %s (%d replicas, %d more while it rolls out), and the nodes that its pods may run on have %d free",
				w.Ref(), words.NumberOf(need, "branch ENI"), w.Replicas, w.Surge, free)
		}
	}
	return nil
}

// branchesOf is how many branch ENIs a node has, or will have once the VPC CNI
// asks for its trunk.
func branchesOf(s *world.Snapshot, n world.Node) int {
	if n.PodENIs > 0 {
		return n.PodENIs
	}
	return s.InstanceType(n.InstanceType).BranchENIs
}

// workloadNotes say what is left to be done about the user's own pods.
func (r *Resolver) workloadNotes() error {
	if r.diagnosing {
		return nil
	}
	note := func(format string, args ...any) {
		r.T.WorkloadNotes = append(r.T.WorkloadNotes, fmt.Sprintf(format, args...))
	}
	if len(r.T.Caught) > 0 {
		note("the selector also selects %s, which get the same access", strings.Join(r.T.Caught, ", "))
	}
	for _, w := range r.T.Workloads {
		if w.Replicas == 0 {
			note("%s has no pods (scaled to zero): only podsg's own pods can prove the access", w.Ref())
		}
	}
	for _, w := range UserWorkloads(r.S, &r.T) {
		old := len(OldPods(r.S, w))
		why, ok := Restartable(w)
		switch {
		case old == 0:
		case !ok:
			note("%s: %s older than the policy and keep the groups of their node: %s", w.Ref(), words.CountOf(old, "pod is", "pods are"), why)
		case r.In.Restart == RestartNever:
			note("%s: %s older than the policy and keep the groups of their node until they are made anew: %s",
				w.Ref(), words.CountOf(old, "pod is", "pods are"), shell.Command("kubectl -n %s rollout restart %s", w.Namespace, w.Ref()))
		case r.In.Restart == RestartRolling:
			for _, b := range r.S.Kube.Budgets {
				if ok, err := b.PodSelector.Matches(w.PodLabels); b.Namespace == w.Namespace && b.PodSelector != nil && err == nil && ok {
					note("PodDisruptionBudget %s allows %d disruptions of %s now; a roll-out goes by the strategy of the workload and does not ask it", b.Name, b.Allowed, w.Ref())
				}
			}
		}
	}
	return nil
}
