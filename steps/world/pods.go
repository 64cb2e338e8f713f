package world

import (
	"slices"
	"strings"

	"podsg/steps/words"
)

// WorkloadNamed is the observed workload of a controller of pods: itself, or the
// Deployment of a ReplicaSet, whose name is the Deployment's and a hash.
func (s *Snapshot) WorkloadNamed(kind, namespace, name string) (Workload, bool) {
	if kind != "ReplicaSet" {
		return s.Workload(kind, namespace, name)
	}
	i := strings.LastIndex(name, "-")
	if i < 0 {
		return Workload{}, false
	}
	return s.Workload("Deployment", namespace, name[:i])
}

// PodsOf counts the pods of a workload that are there.
func (s *Snapshot) PodsOf(w Workload) int { return len(s.WorkloadPods(w)) }

// UnallocatedPods are the pods of a namespace that have a node and the limit, and
// not yet a branch ENI.
func (s *Snapshot) UnallocatedPods(namespace string) []Pod {
	return slices.DeleteFunc(s.PodsIn(namespace), func(p Pod) bool {
		return p.Node == "" || p.ENILimitOn < 0 || len(p.ENIs) > 0 || p.RawENI != "" || p.Fargate || p.Phase == "Running"
	})
}

// AccountLabels are the labels of the observed service accounts, by name.
func (s *Snapshot) AccountLabels() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, a := range s.Kube.ServiceAccounts {
		out[a.Name] = a.Labels
	}
	return out
}

// Ended reports whether a pod has run to its end. Its branch ENI is released.
func (p Pod) Ended() bool { return p.Phase == "Succeeded" || p.Phase == "Failed" }

// PodsIn are the pods of a namespace that run or shall run.
func (s *Snapshot) PodsIn(namespace string) []Pod {
	var out []Pod
	for _, pod := range s.Kube.Pods {
		if pod.Namespace == namespace && !pod.Terminating && !pod.Ended() {
			out = append(out, pod)
		}
	}
	return out
}

func NamesOf(pods []Pod) []string {
	var out []string
	for _, p := range pods {
		out = append(out, p.Name)
	}
	slices.Sort(out)
	return out
}

// workloadOf is the Deployment, DaemonSet or StatefulSet that a pod is of.
func (s *Snapshot) workloadOf(pod Pod) (Workload, bool) {
	kind, name, _ := strings.Cut(pod.Owner, "/")
	if kind == "ReplicaSet" {
		name, _ = strings.CutSuffix(name, "-"+pod.Labels["pod-template-hash"])
		kind = "Deployment"
	}
	return s.Workload(kind, pod.Namespace, name)
}

// WaitingPods are the pods that ask for a branch ENI and have no node yet.
func (s *Snapshot) WaitingPods() []Pod {
	var out []Pod
	for _, p := range s.Kube.Pods {
		if p.ENILimitOn >= 0 && p.Node == "" && !p.Fargate && !p.Terminating && !p.Ended() {
			out = append(out, p)
		}
	}
	return out
}

// PodNames are the names of pods, a line each; of many the first.
func PodNames(pods []Pod) []string {
	return words.Few(NamesOf(pods))
}

func (s *Snapshot) Workload(kind, namespace, name string) (Workload, bool) {
	for _, w := range s.Kube.Workloads {
		if w.Kind == kind && w.Namespace == namespace && w.Name == name {
			return w, true
		}
	}
	return Workload{}, false
}
