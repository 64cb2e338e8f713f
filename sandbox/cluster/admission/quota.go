package admission

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/podstate"
)

// requestsPrefix begins the names by which a quota limits what pods request.
const requestsPrefix = "requests."

// admitByQuota is the admission plug-in ResourceQuota, for extended resources
// alone: a pod must not request more of them than the quotas of its namespace
// leave.
func admitByQuota(b *component.Base, pod *corev1.Pod) error {
	for _, q := range b.Quotas.InNamespace(pod.Namespace) {
		for name, hard := range q.Spec.Hard {
			extended, ok := strings.CutPrefix(string(name), requestsPrefix)
			if !ok || !strings.Contains(extended, "/") {
				continue
			}
			asked := requested(pod, corev1.ResourceName(extended))
			if asked.IsZero() {
				continue
			}
			var used resource.Quantity
			for _, p := range b.Pods.InNamespace(pod.Namespace) {
				if !podstate.Finished(p) {
					used.Add(requested(p, corev1.ResourceName(extended)))
				}
			}
			total := used.DeepCopy()
			if total.Add(asked); total.Cmp(hard) > 0 {
				return apierrors.NewForbidden(corev1.Resource("pods"), pod.Name, fmt.Errorf("exceeded quota: %s, requested: %s=%s, used: %s=%s, limited: %s=%s",
					q.Name, name, asked.String(), name, used.String(), name, hard.String()))
			}
		}
	}
	return nil
}

// requested is how much of a resource the containers of a pod request.
func requested(pod *corev1.Pod, name corev1.ResourceName) resource.Quantity {
	var sum resource.Quantity
	for _, container := range pod.Spec.Containers {
		if q, ok := container.Resources.Requests[name]; ok {
			sum.Add(q)
		}
	}
	return sum
}
