package facts

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"podsg/steps/world"
)

// NotReady says in words why a pod is not ready yet; empty when it is. What
// heals by itself is not made to sound like a failure.
func NotReady(p world.Pod) string {
	switch {
	case p.Terminating:
		return "ending"
	case p.Ready, p.Phase == string(corev1.PodSucceeded):
		return ""
	}
	switch p.Reason {
	case "":
		if p.Phase == string(corev1.PodRunning) {
			return "started, not ready yet"
		}
		return "waiting to start"
	case "ContainerCreating", "PodInitializing":
		return "getting its network and pulling its image"
	case "Unschedulable":
		return "no node can take it: " + p.Message
	case "SchedulingGated":
		return "held back by a scheduling gate"
	case "ErrImagePull", "ImagePullBackOff":
		return "cannot pull its image yet: " + cmp.Or(p.Message, p.Reason)
	case "CrashLoopBackOff", "Error", "OOMKilled":
		return fmt.Sprintf("ended with %s after %s; it is started again", p.Reason, Count(p.RestartCount, "restart"))
	default:
		if p.Message != "" {
			return p.Reason + ": " + p.Message
		}
		return p.Reason
	}
}
