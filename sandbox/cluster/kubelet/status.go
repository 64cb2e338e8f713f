package kubelet

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/nodestate"
)

// reportStatus writes the pod's status as its containers now make it.
func (w *podWorker) reportStatus() {
	_, err := w.Pods.MutateStatus(w.actor, w.pod.Namespace, w.pod.Name, func(p *corev1.Pod) error {
		if p.UID != w.pod.UID {
			return apierrors.NewNotFound(corev1.Resource("pods"), p.Name)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.fillStatus(p)
		return nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		w.Log.Debug("pod status not reported", "pod", component.KeyOf(w.pod), "error", err)
	}
}

// fillStatus sets the parts of a pod's status that are the kubelet's. The
// caller holds mu.
func (w *podWorker) fillStatus(p *corev1.Pod) {
	s := &p.Status
	s.StartTime = &w.started
	if m, ok := w.Nodes.Get("", w.node); ok {
		s.HostIP = nodestate.InternalIP(m)
		s.HostIPs = []corev1.HostIP{{IP: s.HostIP}}
	}
	if w.network.Address.IsValid() {
		s.PodIP = w.network.Address.String()
		s.PodIPs = []corev1.PodIP{{IP: s.PodIP}}
	}
	initialised := true
	var pendingInits, unready []string
	s.InitContainerStatuses = nil
	for _, c := range w.inits {
		st := c.status()
		s.InitContainerStatuses = append(s.InitContainerStatuses, st)
		if !st.Ready {
			initialised = false
			pendingInits = append(pendingInits, c.spec.Name)
		}
	}
	s.ContainerStatuses = nil
	for _, c := range w.mains {
		st := c.status()
		if st.State.Waiting != nil && st.State.Waiting.Reason == "" {
			st.State.Waiting.Reason = "ContainerCreating"
			if len(w.inits) > 0 {
				st.State.Waiting.Reason = "PodInitializing"
			}
		}
		s.ContainerStatuses = append(s.ContainerStatuses, st)
		if !st.Ready {
			unready = append(unready, c.spec.Name)
		}
	}
	s.Phase = w.phase(s.ContainerStatuses, initialised)
	w.setNetworkCondition(p)
	switch {
	case w.over && s.Phase == corev1.PodSucceeded:
		w.SetPodCondition(p, corev1.PodInitialized, corev1.ConditionTrue, "PodCompleted", "")
		w.SetPodCondition(p, corev1.PodReady, corev1.ConditionFalse, "PodCompleted", "")
		w.SetPodCondition(p, corev1.ContainersReady, corev1.ConditionFalse, "PodCompleted", "")
		return
	case w.over:
		w.SetPodCondition(p, corev1.PodReady, corev1.ConditionFalse, "PodFailed", "")
		w.SetPodCondition(p, corev1.ContainersReady, corev1.ConditionFalse, "PodFailed", "")
		return
	case initialised:
		w.SetPodCondition(p, corev1.PodInitialized, corev1.ConditionTrue, "", "")
	default:
		w.SetPodCondition(p, corev1.PodInitialized, corev1.ConditionFalse, "ContainersNotInitialized",
			fmt.Sprintf("containers with incomplete status: %v", pendingInits))
	}
	status, reason, message := corev1.ConditionTrue, "", ""
	if len(unready) > 0 {
		status, reason = corev1.ConditionFalse, "ContainersNotReady"
		message = fmt.Sprintf("containers with unready status: %v", unready)
	}
	w.SetPodCondition(p, corev1.PodReady, status, reason, message)
	w.SetPodCondition(p, corev1.ContainersReady, status, reason, message)
}

func (w *podWorker) setNetworkCondition(p *corev1.Pod) {
	status := corev1.ConditionFalse
	if w.network.Address.IsValid() && !w.network.Released {
		status = corev1.ConditionTrue
	}
	w.SetPodCondition(p, corev1.PodReadyToStartContainers, status, "", "")
}

// phase sums the containers up. The caller holds mu.
func (w *podWorker) phase(statuses []corev1.ContainerStatus, initialised bool) corev1.PodPhase {
	if w.over {
		for _, c := range append(w.inits[:len(w.inits):len(w.inits)], w.mains...) {
			if t := c.status().State.Terminated; t != nil && t.ExitCode != 0 && !sidecar(c.spec) {
				return corev1.PodFailed
			}
		}
		return corev1.PodSucceeded
	}
	if !initialised {
		return corev1.PodPending
	}
	for _, st := range statuses {
		if st.State.Waiting != nil && st.LastTerminationState.Terminated == nil {
			return corev1.PodPending
		}
	}
	return corev1.PodRunning
}
