package controllers

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/rand"

	"podsg/sandbox/cluster/component"
)

// onOwned adds a controller's object to its queue whenever a pod of it changes.
func onOwned(b *component.Base, kind string, q *component.Queue) {
	b.Pods.OnChange(func(p *corev1.Pod, _ bool) {
		if owner := metav1.GetControllerOf(p); owner != nil && owner.Kind == kind {
			q.Add(component.Key(p.Namespace, owner.Name))
		}
	})
}

// templateHash is a short name for the content of a pod template.
func templateHash(template *corev1.PodTemplateSpec) string {
	data, err := json.Marshal(template)
	if err != nil {
		return ""
	}
	h := fnv.New32a()
	h.Write(data)
	return rand.SafeEncodeString(strconv.FormatUint(uint64(h.Sum32()), 10))
}

// newPod makes the pod of a template for its controller.
func newPod(owner metav1.Object, gvk schema.GroupVersionKind, template *corev1.PodTemplateSpec, extraLabels map[string]string) *corev1.Pod {
	labels := maps.Clone(template.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, extraLabels)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName:    owner.GetName() + "-",
			Namespace:       owner.GetNamespace(),
			Labels:          labels,
			Annotations:     maps.Clone(template.Annotations),
			Finalizers:      template.Finalizers,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, gvk)},
		},
		Spec: *template.Spec.DeepCopy(),
	}
}

// createPod creates a controller's pod and tells of it in an event about its
// owner, as every controller words it.
func createPod(b *component.Base, events *component.Recorder, owner corev1.ObjectReference, pod *corev1.Pod) (*corev1.Pod, error) {
	created, err := b.Pods.Create(component.ControllerManager, pod)
	if err != nil {
		events.Warning(owner, "FailedCreate", "Error creating: %v", err)
		return nil, fmt.Errorf("create pod of %s %q: %w", owner.Kind, owner.Name, err)
	}
	events.Normal(owner, "SuccessfulCreate", "Created pod: %s", created.Name)
	return created, nil
}

func deletePod(b *component.Base, events *component.Recorder, owner corev1.ObjectReference, pod *corev1.Pod) error {
	if err := b.Pods.Remove(component.ControllerManager, pod, metav1.DeleteOptions{}); err != nil {
		events.Warning(owner, "FailedDelete", "Error deleting: %v", err)
		return fmt.Errorf("delete pod %q: %w", component.KeyOf(pod), err)
	}
	events.Normal(owner, "SuccessfulDelete", "Deleted pod: %s", pod.Name)
	return nil
}

func withLabel(labels map[string]string, name, value string) map[string]string {
	labels = maps.Clone(labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[name] = value
	return labels
}

func replicas(n *int32) int {
	if n == nil {
		return 1
	}
	return int(*n)
}
