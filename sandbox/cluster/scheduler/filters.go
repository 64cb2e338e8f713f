package scheduler

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/placement"
)

// A misfit is why a node cannot take a pod: the scheduler's reasons, and
// whether evicting other pods might help.
type misfit struct {
	reasons    []string
	resolvable bool
}

// An occupancy is what the pods on a node take up.
type occupancy struct {
	pods      []*corev1.Pod
	requested corev1.ResourceList
}

func occupancyOf(pods []*corev1.Pod) occupancy {
	o := occupancy{pods: pods, requested: corev1.ResourceList{}}
	for _, p := range pods {
		addTo(o.requested, podRequests(&p.Spec))
	}
	return o
}

func addTo(sum, more corev1.ResourceList) {
	for name, q := range more {
		total := sum[name]
		total.Add(q)
		sum[name] = total
	}
}

// fits runs the scheduler's filters in their order and returns nil if the node
// can take the pod.
func fits(pod *corev1.Pod, node *corev1.Node, taken occupancy) *misfit {
	switch {
	case node.Spec.Unschedulable && !placement.Tolerates(pod.Spec.Tolerations, unschedulableTaint):
		return &misfit{reasons: []string{"node(s) were unschedulable"}}
	case placement.Untolerated(pod.Spec.Tolerations, node.Spec.Taints, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute):
		return &misfit{reasons: []string{"node(s) had untolerated taint(s)"}}
	case !placement.MatchesNodeAffinity(&pod.Spec, node):
		return &misfit{reasons: []string{"node(s) didn't match Pod's node affinity/selector"}}
	case portsTaken(pod, taken.pods):
		return &misfit{reasons: []string{"node(s) didn't have free ports for the requested pod ports"}, resolvable: true}
	}
	return insufficient(pod, node, taken)
}

var unschedulableTaint = corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}

func portsTaken(pod *corev1.Pod, others []*corev1.Pod) bool {
	want := hostPorts(pod)
	if len(want) == 0 {
		return false
	}
	return slices.ContainsFunc(others, func(o *corev1.Pod) bool {
		return slices.ContainsFunc(hostPorts(o), func(p string) bool { return slices.Contains(want, p) })
	})
}

func hostPorts(pod *corev1.Pod) (ports []string) {
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			host := p.HostPort
			if pod.Spec.HostNetwork {
				host = p.ContainerPort
			}
			if host != 0 {
				ports = append(ports, string(p.Protocol)+"/"+strconv.Itoa(int(host)))
			}
		}
	}
	return ports
}

func insufficient(pod *corev1.Pod, node *corev1.Node, taken occupancy) *misfit {
	m := &misfit{resolvable: true}
	if have := node.Status.Allocatable[corev1.ResourcePods]; int64(len(taken.pods))+1 > have.Value() {
		m.reasons = append(m.reasons, "Too many pods")
	}
	for name, want := range podRequests(&pod.Spec) {
		if want.IsZero() {
			continue
		}
		free := node.Status.Allocatable[name].DeepCopy()
		if want.Cmp(free) > 0 {
			m.resolvable = false // not even an empty node would do
		}
		free.Sub(taken.requested[name])
		if want.Cmp(free) > 0 {
			m.reasons = append(m.reasons, "Insufficient "+string(name))
		}
	}
	if len(m.reasons) == 0 {
		return nil
	}
	return m
}

// podRequests is what a pod needs of every resource: the sum over its
// containers, or the largest init container where that is more.
func podRequests(spec *corev1.PodSpec) corev1.ResourceList {
	sum := corev1.ResourceList{}
	for _, c := range spec.Containers {
		addTo(sum, c.Resources.Requests)
	}
	for _, c := range spec.InitContainers {
		for name, q := range c.Resources.Requests {
			if have := sum[name]; q.Cmp(have) > 0 {
				sum[name] = q
			}
		}
	}
	addTo(sum, spec.Overhead)
	return sum
}

// share is the requested part of a node's resource once the pod is on it.
func share(pod *corev1.Pod, node *corev1.Node, taken occupancy, name corev1.ResourceName) float64 {
	have := node.Status.Allocatable[name]
	if have.IsZero() {
		return 1
	}
	used := taken.requested[name].DeepCopy()
	used.Add(podRequests(&pod.Spec)[name])
	return used.AsApproximateFloat64() / have.AsApproximateFloat64()
}
