package change

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/kube/facts"
	"podsg/steps/world"
)

// ProveInjection implements [plan.Kube]: the whole path of admission is run,
// and nothing is stored. The pod is one that the strictest pod security standard
// admits, and a ResourceQuota, which wants requests and limits to be said.
func (c Writer) ProveInjection(ctx context.Context, namespace string, labels map[string]string, serviceAccount string) (bool, error) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "podsg-dry-run-", Namespace: namespace, Labels: labels},
		Spec: corev1.PodSpec{
			ServiceAccountName:           serviceAccount,
			AutomountServiceAccountToken: ptr.To(false),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   ptr.To(true),
				RunAsUser:      ptr.To[int64](65534),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name:      "proof",
				Image:     "registry.k8s.io/pause:3.10",
				Resources: corev1.ResourceRequirements{Requests: proofResources(), Limits: proofResources()},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: ptr.To(false),
					Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
	made, err := c.Calls.CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{
		DryRun: []string{metav1.DryRunAll}, FieldManager: world.FieldManager,
	})
	if err != nil {
		return false, c.Problem("try to create a pod in namespace", namespace, err)
	}
	return facts.LimitIndex(&made.Spec) == 0, nil
}

// proofResources is as little as a pod may ask for.
func proofResources() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("10m"),
		corev1.ResourceMemory:           resource.MustParse("16Mi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Mi"),
	}
}
