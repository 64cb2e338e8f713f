// Package admission is what changes and refuses pods in the API server: its own
// plug-ins, then the webhooks that are registered with it.
package admission

import (
	"fmt"
	"slices"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/placement"
	"podsg/sandbox/kubeapi/webhook"
)

// Webhooks are somebody's webhooks for pods.
type Webhooks interface {
	// MutatePod changes a new pod.
	MutatePod(pod *corev1.Pod) error
	// ValidatePod refuses a user's write; old is nil on creation.
	ValidatePod(pod, old *corev1.Pod, user string) error
}

// Register puts into the API server what changes and refuses pods:
// its own plug-ins first, then the webhooks of the VPC resource controller.
func Register(b *component.Base, webhooks Webhooks) {
	b.Store.AddMutator(func(req *webhook.Request) error {
		pod, ok := NewPodOf(req)
		if !ok {
			return nil
		}
		if err := admitServiceAccount(b, pod); err != nil {
			return err
		}
		setPriority(&pod.Spec)
		tolerateNodeLoss(&pod.Spec)
		return webhooks.MutatePod(pod)
	})
	b.Store.AddValidator(func(req *webhook.Request) error {
		pod, ok := req.Object.(*corev1.Pod)
		if !ok || req.Subresource != "" {
			return nil
		}
		if _, created := NewPodOf(req); created {
			if err := admitByQuota(b, pod); err != nil {
				return err
			}
		}
		old, _ := req.OldObject.(*corev1.Pod)
		return webhooks.ValidatePod(pod, old, req.User.Name)
	})
}

// NewPodOf is the pod that a request creates.
func NewPodOf(req *webhook.Request) (*corev1.Pod, bool) {
	pod, ok := req.Object.(*corev1.Pod)
	return pod, ok && req.Operation == admissionv1.Create && req.Subresource == ""
}

const tokenMountPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// admitServiceAccount is the admission plug-in ServiceAccount: the account must
// exist, and its token is mounted.
func admitServiceAccount(b *component.Base, pod *corev1.Pod) error {
	if _, ok := b.Accounts.Get(pod.Namespace, pod.Spec.ServiceAccountName); !ok {
		return apierrors.NewForbidden(corev1.Resource("pods"), pod.Name, fmt.Errorf(
			"error looking up service account %s/%s: serviceaccount %q not found", pod.Namespace, pod.Spec.ServiceAccountName, pod.Spec.ServiceAccountName))
	}
	if pod.Spec.AutomountServiceAccountToken != nil && !*pod.Spec.AutomountServiceAccountToken {
		return nil
	}
	name := "kube-api-access-" + rand.String(5)
	used := false
	mount := func(container *corev1.Container) {
		if !slices.ContainsFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == tokenMountPath }) {
			container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: name, ReadOnly: true, MountPath: tokenMountPath})
			used = true
		}
	}
	for i := range pod.Spec.InitContainers {
		mount(&pod.Spec.InitContainers[i])
	}
	for i := range pod.Spec.Containers {
		mount(&pod.Spec.Containers[i])
	}
	if used {
		pod.Spec.Volumes = append(pod.Spec.Volumes, tokenVolume(name))
	}
	return nil
}

func tokenVolume(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		DefaultMode: ptr.To(int32(0o644)),
		Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: ptr.To(int64(3607)), Path: "token"}},
			{ConfigMap: &corev1.ConfigMapProjection{
				LocalObjectReference: corev1.LocalObjectReference{Name: names.RootCA},
				Items:                []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}},
			}},
			{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{
				Path: "namespace", FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "metadata.namespace"},
			}}}},
		},
	}}}
}

// setPriority is the admission plug-in Priority for the two classes that every
// cluster has.
func setPriority(spec *corev1.PodSpec) {
	switch spec.PriorityClassName {
	case "system-node-critical":
		spec.Priority = ptr.To(int32(2000001000))
	case "system-cluster-critical":
		spec.Priority = ptr.To(int32(2000000000))
	}
}

// tolerateNodeLoss is the admission plug-in DefaultTolerationSeconds.
func tolerateNodeLoss(spec *corev1.PodSpec) {
	for _, taint := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		if !placement.Tolerates(spec.Tolerations, corev1.Taint{Key: taint, Effect: corev1.TaintEffectNoExecute}) {
			spec.Tolerations = append(spec.Tolerations, corev1.Toleration{
				Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: ptr.To(int64(300)),
			})
		}
	}
}
