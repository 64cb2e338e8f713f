package kube_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

func TestOnlyWhatPeopleMadeIsForeignInANamespace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect(t, adminToken)
	maps := storage.NewClient[*corev1.ConfigMap](w.store, gvr.ConfigMaps, "test")
	for name, labels := range map[string]map[string]string{
		"kube-root-ca.crt": nil,
		"podsg-rds-ca":     {world.LabelManagedBy: world.ManagedBy},
		"settings":         {"app": "shop"},
	} {
		if _, err := maps.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "workshop", Name: name, Labels: labels}}); err != nil {
			t.Fatal(err)
		}
	}
	w.pod(t, "workshop", "alone")
	found, err := c.ForeignObjects(t.Context(), "workshop")
	if err != nil || !slices.Equal(found, []string{"configmap settings", "pod alone"}) {
		t.Fatalf("%q, %v", found, err)
	}
}

// ownedPod is a pod that a controller made.
func (w *testWorld) ownedPod(t *testing.T, name, apiVersion, kind string, owner metav1.Object) {
	t.Helper()
	w.pod(t, "workshop", name, func(p *corev1.Pod) {
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: owner.GetName(), UID: owner.GetUID(), Controller: ptr.To(true)}}
	})
}

func TestWhatAControllerMadeIsForeignUnlessItsOwnerWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := func(name string, labels map[string]string) *appsv1.ReplicaSet {
		return put(t, w, gvr.ReplicaSets, &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{Namespace: "workshop", Name: name, Labels: labels},
			Spec: appsv1.ReplicaSetSpec{
				Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}},
				Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}},
					Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example"}}},
				},
			},
		})
	}
	w.ownedPod(t, "green-1", "apps/v1", "ReplicaSet", set("green", map[string]string{world.LabelManagedBy: world.ManagedBy}))
	w.ownedPod(t, "shop-1", "apps/v1", "ReplicaSet", set("shop", nil))
	elsewhere := put(t, w, gvr.Nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "a"}}) // not in the namespace
	w.ownedPod(t, "kafka-0", "v1", "Node", elsewhere)
	found, err := w.connect(t, adminToken).ForeignObjects(t.Context(), "workshop")
	if err != nil || !slices.Equal(found, []string{"pod kafka-0", "replicaset shop"}) {
		t.Fatalf("%q, %v", found, err)
	}
}

func TestForeignObjectsAreFoundBehindManyOfPodsgsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 600 { // more than a page
		put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Namespace: "workshop", Name: fmt.Sprintf("own-%03d", i), Labels: map[string]string{world.LabelManagedBy: world.ManagedBy},
		}})
	}
	put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "workshop", Name: "settings"}})
	found, err := w.connect(t, adminToken).ForeignObjects(t.Context(), "workshop")
	if err != nil || !slices.Equal(found, []string{"configmap settings"}) {
		t.Fatalf("%q, %v", found, err)
	}
}

func TestCustomResourcesAreForeignToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	put(t, w, gvr.CustomResourceDefinitions, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": "queues.example.com"},
		"spec": map[string]any{
			"group": "example.com", "scope": "Namespaced",
			"names": map[string]any{"plural": "queues", "singular": "queue", "kind": "Queue", "listKind": "QueueList"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true, "schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}},
			}},
		},
	}})
	put(t, w, schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "queues"}, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.com/v1", "kind": "Queue", "metadata": map[string]any{"namespace": "workshop", "name": "orders"},
	}})
	found, err := w.connect(t, adminToken).ForeignObjects(t.Context(), "workshop")
	if err != nil || !slices.Equal(found, []string{"queue orders"}) {
		t.Fatalf("%q, %v", found, err)
	}
}

func TestANamespaceThatCannotBeSeenWholeIsNotSaidToBeEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Verb: "list", Resource: "roles.rbac.authorization.k8s.io"})
	})
	c := w.connect(t, guestToken)
	found, err := c.ForeignObjects(t.Context(), "workshop")
	if world.KindOf(err) != world.ProblemPermission || !strings.Contains(err.Error(), "roles.rbac.authorization.k8s.io") {
		t.Fatalf("%q, %v", found, err)
	}
	if _, command := world.HintOf(err); command != "kubectl delete namespace workshop" {
		t.Errorf("the command is %q", command)
	}
	w.pod(t, "workshop", "alone")
	if found, err := c.ForeignObjects(t.Context(), "workshop"); err != nil || !slices.Equal(found, []string{"pod alone"}) {
		t.Errorf("what was seen is enough to keep it: %q, %v", found, err)
	}
}
