package vpcrc

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/kubeapi/gvr"
)

// A CNINode, named like its node, is how the VPC CNI tells the VPC resource
// controller what the node needs.

// ensureCNINode creates the CNINode of a node that has none.
func (r *Controller) ensureCNINode(node *corev1.Node) error {
	if _, ok := r.CNINodes.Get("", node.Name); ok {
		return nil
	}
	_, err := r.CNINodes.Create(resourceControllerActor, r.newCNINode(node, nil))
	if apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) {
		return nil // the definition may be gone
	}
	return err
}

func (r *Controller) newCNINode(node *corev1.Node, spec map[string]any) *unstructured.Unstructured {
	if spec == nil {
		spec = map[string]any{"tags": map[string]any{names.ClusterNameTag: r.Name}}
	}
	cniNode := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	cniNode.SetGroupVersionKind(gvr.CNINodes.GroupVersion().WithKind("CNINode"))
	cniNode.SetName(node.Name)
	cniNode.SetLabels(map[string]string{corev1.LabelOSStable: node.Labels[corev1.LabelOSStable]})
	cniNode.SetFinalizers([]string{names.CNINodeFinalizer})
	cniNode.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID, Controller: ptr.To(true),
	}})
	return cniNode
}

// syncCNINode finishes the deletion of a CNINode. That of a node which still
// exists is made again as it was.
func (r *Controller) syncCNINode(name string, node *corev1.Node) error {
	cniNode, ok := r.CNINodes.Get("", name)
	if !ok || cniNode.GetDeletionTimestamp() == nil {
		return nil
	}
	_, err := r.CNINodes.Mutate(resourceControllerActor, "", name, func(n *unstructured.Unstructured) error {
		n.SetFinalizers(slices.DeleteFunc(n.GetFinalizers(), func(f string) bool { return f == names.CNINodeFinalizer }))
		return nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	r.CNINodes.Drop(cniNode)
	if node == nil {
		return nil
	}
	spec, _, _ := unstructured.NestedMap(cniNode.Object, "spec")
	if _, err = r.CNINodes.Create(resourceControllerActor, r.newCNINode(node, spec)); err != nil && !apierrors.IsAlreadyExists(err) {
		r.events.Warning(component.AboutNode(name), "CNINodeCreationFailed",
			"CNINode was deleted and failed to be recreated by the vpc-resource-controller")
	}
	return nil
}
