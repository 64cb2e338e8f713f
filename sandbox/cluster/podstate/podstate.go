// Package podstate reads what a Pod object says of its pod.
package podstate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Condition returns a condition of a pod and whether it has it.
func Condition(p *corev1.Pod, kind corev1.PodConditionType) (corev1.PodCondition, bool) {
	for _, cond := range p.Status.Conditions {
		if cond.Type == kind {
			return cond, true
		}
	}
	return corev1.PodCondition{}, false
}

// Ready says that a pod's containers are ready to serve.
func Ready(p *corev1.Pod) bool {
	cond, _ := Condition(p, corev1.PodReady)
	return cond.Status == corev1.ConditionTrue
}

// CountReady counts the pods that are ready.
func CountReady(pods []*corev1.Pod) (n int32) {
	for _, p := range pods {
		if Ready(p) {
			n++
		}
	}
	return n
}

// Finished says that no container of a pod will run again.
func Finished(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// Stuck says that a container of a pod cannot run as things are.
func Stuck(p *corev1.Pod) bool {
	return slices.ContainsFunc(slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses), func(s corev1.ContainerStatus) bool {
		return s.State.Waiting != nil && slices.Contains(stuckReasons, s.State.Waiting.Reason)
	})
}

var stuckReasons = []string{"CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull"}
