package world

import (
	"cmp"
	"slices"
	"strings"
)

// The kinds of workload that podsg knows by their own objects. What else makes
// pods is known by its pods, and goes by the kind that they name as their owner.
const (
	WorkloadDeployment  = "Deployment"
	WorkloadStatefulSet = "StatefulSet"
	WorkloadDaemonSet   = "DaemonSet"
	WorkloadJob         = "Job"
	WorkloadCronJob     = "CronJob"
	WorkloadPod         = "Pod" // a bare pod, which nothing makes anew
)

// Workload is what makes pods by a template, or a pod that nothing made.
type Workload struct {
	ObjectFacts
	Kind      string            `json:"kind"`
	PodLabels map[string]string `json:"podLabels,omitempty"`
	// Selector is by which labels it knows its pods.
	Selector *Selector `json:"selector,omitempty"`
	// Owner is its controller, as kind/name: a Job's CronJob.
	Owner    string `json:"owner,omitempty"`
	Replicas int    `json:"replicas"`
	Ready    int    `json:"ready"`
	Updated  int    `json:"updated"` // pods that were made from the newest template
	// Strategy is how it replaces its pods: RollingUpdate, Recreate, OnDelete.
	Strategy string `json:"strategy,omitempty"`
	// Surge is how many pods beyond Replicas there are while they are replaced.
	Surge          int    `json:"surge,omitempty"`
	ServiceAccount string `json:"serviceAccount,omitempty"`
	HostNetwork    bool   `json:"hostNetwork,omitempty"`
	Windows        bool   `json:"windows,omitempty"`
	ProbePorts     []int  `json:"probePorts,omitempty"`
	Ports          []int  `json:"ports,omitempty"` // TCP ports of its containers
	// NamedPorts are the ports of its containers that have a name.
	NamedPorts map[string]int `json:"namedPorts,omitempty"`
	Scheduling Scheduling     `json:"scheduling"`
}

// Ref is the workload as podsg is told it, such as deployment/api.
func (w Workload) Ref() string { return strings.ToLower(w.Kind) + "/" + w.Name }

// ByTemplate reports whether the workload makes its pods by a template of which
// podsg knows the object.
func (w Workload) ByTemplate() bool {
	return slices.Contains([]string{WorkloadDeployment, WorkloadStatefulSet, WorkloadDaemonSet, WorkloadJob, WorkloadCronJob}, w.Kind)
}

// DisruptionBudget is a PodDisruptionBudget.
type DisruptionBudget struct {
	ObjectFacts
	PodSelector *Selector `json:"podSelector,omitempty"`
	// Allowed is how many pods may be taken away now.
	Allowed int `json:"disruptionsAllowed"`
}

// ServicePort is a port of a Service and where it leads.
type ServicePort struct {
	Name       string `json:"name,omitempty"`
	Protocol   string `json:"protocol"` // tcp, udp, sctp
	Port       int    `json:"port"`
	TargetPort string `json:"targetPort,omitempty"` // of the pods: a number, or the name of a container's port
	NodePort   int    `json:"nodePort,omitempty"`
}

// WorkloadsIn are the workloads of a namespace.
func (s *Snapshot) WorkloadsIn(namespace string) []Workload {
	return slices.DeleteFunc(slices.Clone(s.Kube.Workloads), func(w Workload) bool { return w.Namespace != namespace })
}

// WorkloadPods are the living pods of a workload.
func (s *Snapshot) WorkloadPods(w Workload) []Pod {
	return slices.DeleteFunc(s.PodsIn(w.Namespace), func(p Pod) bool { return !s.isOf(p, w) })
}

// isOf reports whether a workload made a pod, or is it.
func (s *Snapshot) isOf(p Pod, w Workload) bool {
	switch {
	case w.Kind == WorkloadPod:
		return p.Owner == "" && p.Name == w.Name
	case w.Kind == WorkloadCronJob:
		kind, name, _ := strings.Cut(p.Owner, "/")
		job, ok := s.Workload(kind, p.Namespace, name)
		return kind == WorkloadJob && ok && job.Owner == w.Kind+"/"+w.Name
	case w.ByTemplate():
		of, ok := s.workloadOf(p)
		return ok && of.Kind == w.Kind && of.Name == w.Name
	case p.Owner == w.Kind+"/"+w.Name:
		return true
	default: // its ReplicaSets are named after it
		set, ok := strings.CutPrefix(p.Owner, "ReplicaSet/"+w.Name+"-")
		return ok && !strings.Contains(set, "-")
	}
}

// SortWorkloads puts workloads in the order of their namespaces, kinds and names.
func SortWorkloads(all []Workload) {
	slices.SortFunc(all, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}
