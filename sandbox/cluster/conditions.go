package cluster

import (
	"errors"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func (b *Base) now() metav1.Time { return metav1.NewTime(b.clock.Now()).Rfc3339Copy() }

// podCondition returns a condition of a pod and whether it has it.
func podCondition(p *corev1.Pod, kind corev1.PodConditionType) (corev1.PodCondition, bool) {
	for _, cond := range p.Status.Conditions {
		if cond.Type == kind {
			return cond, true
		}
	}
	return corev1.PodCondition{}, false
}

// ready says that a pod's containers are ready to serve.
func ready(p *corev1.Pod) bool {
	cond, _ := podCondition(p, corev1.PodReady)
	return cond.Status == corev1.ConditionTrue
}

// countReady counts the pods that are ready.
func countReady(pods []*corev1.Pod) (n int32) {
	for _, p := range pods {
		if ready(p) {
			n++
		}
	}
	return n
}

// finished says that no container of a pod will run again.
func finished(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// stuck says that a container of a pod cannot run as things are.
func stuck(p *corev1.Pod) bool {
	return slices.ContainsFunc(slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses), func(s corev1.ContainerStatus) bool {
		return s.State.Waiting != nil && slices.Contains(stuckReasons, s.State.Waiting.Reason)
	})
}

var stuckReasons = []string{"CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull"}

// setPodCondition sets a condition; the time of its last transition changes
// only with its status.
func (b *Base) setPodCondition(p *corev1.Pod, kind corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) {
	for i := range p.Status.Conditions {
		cond := &p.Status.Conditions[i]
		if cond.Type != kind {
			continue
		}
		if cond.Status != status {
			cond.LastTransitionTime = b.now()
		}
		cond.Status, cond.Reason, cond.Message = status, reason, message
		return
	}
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
		Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: b.now(),
	})
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// statusMessage is what the API server said in an error.
func statusMessage(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return status.Status().Message
	}
	return err.Error()
}

// splitKey is the opposite of key.
func splitKey(id string) (namespace, name string) {
	namespace, name, ok := strings.Cut(id, "/")
	if !ok {
		return "", id
	}
	return namespace, name
}
