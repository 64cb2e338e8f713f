package kubeapi_test

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

func TestCustomResourceLivesAndDiesWithItsDefinition(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	policies := w.untyped.Resource(gvr.SecurityGroupPolicies).Namespace("workshop")
	definitions := w.untyped.Resource(gvr.CustomResourceDefinitions)
	must(t)(policies.Create(ctx, policy("allow", "sg-1"), metav1.CreateOptions{}))
	watched, err := policies.Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Stop()
	if got := describe(t, nextEvent(t, watched)); got != "ADDED allow" {
		t.Fatalf("event = %s", got)
	}
	definition, err := definitions.Get(ctx, "securitygrouppolicies.vpcresources.k8s.aws", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := definitions.Delete(ctx, definition.GetName(), metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := describe(t, nextEvent(t, watched)); got != "DELETED allow" {
		t.Errorf("event = %s, want the object's deletion", got)
	}
	if _, open := <-watched.ResultChan(); open {
		t.Error("the watch outlived the resource")
	}
	if _, err := policies.List(ctx, metav1.ListOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("list = %v, want not found", err)
	}
	// Its neighbour in the group stays.
	if _, err := w.untyped.Resource(gvr.CNINodes).List(ctx, metav1.ListOptions{}); err != nil {
		t.Errorf("list of cninodes = %v", err)
	}
	again := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": definition.GetAPIVersion(), "kind": definition.GetKind(),
		"metadata": map[string]any{"name": definition.GetName()},
		"spec":     definition.Object["spec"],
	}}
	must(t)(definitions.Create(ctx, again, metav1.CreateOptions{}))
	listed, err := policies.List(ctx, metav1.ListOptions{})
	if err != nil || len(listed.Items) != 0 {
		t.Errorf("list after the definition came back = %v, %v; want none", listed, err)
	}
}

func TestDefinitionWaitsForObjectsThatFinalizersHold(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	nodes := w.untyped.Resource(gvr.CNINodes)
	definitions := w.untyped.Resource(gvr.CustomResourceDefinitions)
	held := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1alpha1", "kind": "CNINode",
		"metadata": map[string]any{"name": "n1", "finalizers": []any{"networking.k8s.aws/resource-cleanup"}},
		"spec":     map[string]any{"managedBy": "vpc-resource-controller"},
	}}
	must(t)(nodes.Create(ctx, held, metav1.CreateOptions{}))
	if err := definitions.Delete(ctx, "cninodes.vpcresources.k8s.aws", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := definitions.Get(ctx, "cninodes.vpcresources.k8s.aws", metav1.GetOptions{}); err != nil {
		t.Fatalf("the definition did not wait: %v", err)
	}
	client := storage.NewClient[*unstructured.Unstructured](w.store, gvr.CNINodes, "vpc-resource-controller")
	must(t)(client.Mutate("", "n1", func(u *unstructured.Unstructured) error { u.SetFinalizers(nil); return nil }))
	if _, err := definitions.Get(ctx, "cninodes.vpcresources.k8s.aws", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("after the last object: %v, want not found", err)
	}
}

func TestCustomResourcesFollowTheirPublishedSchemas(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	node := func(managedBy string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "vpcresources.k8s.aws/v1alpha1", "kind": "CNINode",
			"metadata": map[string]any{"name": "n-" + managedBy},
			"spec":     map[string]any{"managedBy": managedBy},
		}}
	}
	nodes := w.untyped.Resource(gvr.CNINodes)
	must(t)(nodes.Create(ctx, node("vpc-resource-controller"), metav1.CreateOptions{}))
	must(t)(nodes.Create(ctx, node("eks-auto-mode"), metav1.CreateOptions{}))
	if _, err := nodes.Create(ctx, node("someone-else"), metav1.CreateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("an unknown manager = %v, want Invalid", err)
	}
	listed, err := nodes.List(ctx, metav1.ListOptions{FieldSelector: "spec.managedBy=eks-auto-mode"})
	if err != nil || len(listed.Items) != 1 || listed.Items[0].GetName() != "n-eks-auto-mode" {
		t.Errorf("list by managedBy = %v, %v; want the one node", listed, err)
	}
	config := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig",
		"metadata": map[string]any{"name": "us-west-2a"},
		"spec":     map[string]any{"securityGroups": []any{"sg-1"}},
	}}
	configs := w.untyped.Resource(gvr.ENIConfigs)
	if _, err := configs.Create(ctx, config, metav1.CreateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("an ENIConfig without subnet = %v, want Invalid", err)
	}
	_ = unstructured.SetNestedField(config.Object, "subnet-1", "spec", "subnet")
	must(t)(configs.Create(ctx, config, metav1.CreateOptions{}))
}
