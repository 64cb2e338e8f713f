package builtin

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"podsg/sandbox/kubeapi/resource"
)

var podColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Ready", "string", func(p *corev1.Pod, _ time.Time) any {
		return fmt.Sprintf("%d/%d", readyContainers(p), len(p.Spec.Containers))
	}),
	resource.ColumnOf("Status", "string", func(p *corev1.Pod, _ time.Time) any { return podStatus(p) }),
	resource.ColumnOf("Restarts", "string", func(p *corev1.Pod, now time.Time) any { return podRestarts(p, now) }),
	resource.AgeColumn,
	resource.Wide(resource.ColumnOf("IP", "string", func(p *corev1.Pod, _ time.Time) any { return orNone(p.Status.PodIP) })),
	resource.Wide(resource.ColumnOf("Node", "string", func(p *corev1.Pod, _ time.Time) any { return orNone(p.Spec.NodeName) })),
	resource.Wide(resource.ColumnOf("Nominated Node", "string", func(p *corev1.Pod, _ time.Time) any { return orNone(p.Status.NominatedNodeName) })),
	resource.Wide(resource.ColumnOf("Readiness Gates", "string", func(*corev1.Pod, time.Time) any { return none })),
}

func readyContainers(p *corev1.Pod) int {
	ready := 0
	for _, c := range p.Status.ContainerStatuses {
		if c.Ready && c.State.Running != nil {
			ready++
		}
	}
	return ready
}

// podStatus is the one word for a pod that kubectl shows: the phase, or the
// reason why a container is not running.
func podStatus(p *corev1.Pod) string {
	status := string(p.Status.Phase)
	if p.Status.Reason != "" {
		status = p.Status.Reason
	}
	initialising := false
	for i, c := range p.Status.InitContainerStatuses {
		if c.State.Terminated != nil && c.State.Terminated.ExitCode == 0 {
			continue
		}
		switch reason := containerReason(c.State); {
		case reason != "" && reason != "PodInitializing":
			status = "Init:" + reason
		default:
			status = fmt.Sprintf("Init:%d/%d", i, len(p.Spec.InitContainers))
		}
		initialising = true
		break
	}
	if !initialising {
		running := false
		for i := len(p.Status.ContainerStatuses) - 1; i >= 0; i-- {
			c := p.Status.ContainerStatuses[i]
			if reason := containerReason(c.State); reason != "" {
				status = reason
			}
			running = running || c.Ready && c.State.Running != nil
		}
		if status == "Completed" && running {
			status = "NotReady"
			if podReady(p) {
				status = "Running"
			}
		}
	}
	if p.DeletionTimestamp != nil {
		return "Terminating"
	}
	return status
}

func containerReason(state corev1.ContainerState) string {
	switch {
	case state.Waiting != nil:
		return state.Waiting.Reason
	case state.Terminated == nil:
		return ""
	case state.Terminated.Reason != "":
		return state.Terminated.Reason
	case state.Terminated.Signal != 0:
		return fmt.Sprintf("Signal:%d", state.Terminated.Signal)
	}
	return fmt.Sprintf("ExitCode:%d", state.Terminated.ExitCode)
}

func podReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func podRestarts(p *corev1.Pod, now time.Time) string {
	var restarts int32
	var last metav1.Time
	for _, c := range p.Status.ContainerStatuses {
		restarts += c.RestartCount
		if t := c.LastTerminationState.Terminated; t != nil && last.Before(&t.FinishedAt) {
			last = t.FinishedAt
		}
	}
	if restarts == 0 || last.IsZero() {
		return fmt.Sprint(restarts)
	}
	return fmt.Sprintf("%d (%s ago)", restarts, duration.HumanDuration(now.Sub(last.Time)))
}
