// Package placement tells where a pod's spec lets it run: by node selector and
// affinity, taints and tolerations.
package placement

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
)

// Tolerates says that one of the tolerations tolerates a taint.
func Tolerates(tolerations []corev1.Toleration, taint corev1.Taint) bool {
	return slices.ContainsFunc(tolerations, func(t corev1.Toleration) bool {
		return t.ToleratesTaint(klog.Logger{}, &taint, false)
	})
}

// Untolerated says that a taint with one of the effects is not tolerated.
func Untolerated(tolerations []corev1.Toleration, taints []corev1.Taint, effects ...corev1.TaintEffect) bool {
	return slices.ContainsFunc(taints, func(t corev1.Taint) bool {
		return slices.Contains(effects, t.Effect) && !Tolerates(tolerations, t)
	})
}
