package component

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Now is the time by the cluster's clock as objects have it, in seconds.
func (b *Base) Now() metav1.Time { return metav1.NewTime(b.Clock.Now()).Rfc3339Copy() }

// SetPodCondition sets a condition; the time of its last transition changes
// only with its status.
func (b *Base) SetPodCondition(p *corev1.Pod, kind corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) {
	for i := range p.Status.Conditions {
		cond := &p.Status.Conditions[i]
		if cond.Type != kind {
			continue
		}
		if cond.Status != status {
			cond.LastTransitionTime = b.Now()
		}
		cond.Status, cond.Reason, cond.Message = status, reason, message
		return
	}
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
		Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: b.Now(),
	})
}
