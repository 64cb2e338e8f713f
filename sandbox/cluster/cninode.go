package cluster

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi"
)

// A CNINode, named like its node, is how the VPC CNI tells the VPC resource
// controller what the node needs.

func hasFeature(cniNode *unstructured.Unstructured, name string) bool {
	features, _, _ := unstructured.NestedSlice(cniNode.Object, "spec", "features")
	return slices.ContainsFunc(features, func(f any) bool {
		feature, ok := f.(map[string]any)
		return ok && feature["name"] == name
	})
}

func addFeature(cniNode *unstructured.Unstructured, name string) error {
	features, _, err := unstructured.NestedSlice(cniNode.Object, "spec", "features")
	if err != nil || hasFeature(cniNode, name) {
		return err
	}
	features = append(features, map[string]any{"name": name})
	return unstructured.SetNestedSlice(cniNode.Object, features, "spec", "features")
}

// ensureCNINode creates the CNINode of a node that has none.
func (r *vpcController) ensureCNINode(node *corev1.Node) error {
	if _, ok := r.cniNodes.get("", node.Name); ok {
		return nil
	}
	_, err := r.cniNodes.create(resourceControllerActor, r.newCNINode(node, nil))
	if apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) {
		return nil // the definition may be gone
	}
	return err
}

func (r *vpcController) newCNINode(node *corev1.Node, spec map[string]any) *unstructured.Unstructured {
	if spec == nil {
		spec = map[string]any{"tags": map[string]any{clusterNameTag: r.name}}
	}
	cniNode := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	cniNode.SetGroupVersionKind(kubeapi.CNINodes.GroupVersion().WithKind("CNINode"))
	cniNode.SetName(node.Name)
	cniNode.SetLabels(map[string]string{corev1.LabelOSStable: node.Labels[corev1.LabelOSStable]})
	cniNode.SetFinalizers([]string{cniNodeFinalizer})
	cniNode.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID, Controller: ptr.To(true),
	}})
	return cniNode
}

// syncCNINode finishes the deletion of a CNINode. That of a node which still
// exists is made again as it was.
func (r *vpcController) syncCNINode(name string, node *corev1.Node) error {
	cniNode, ok := r.cniNodes.get("", name)
	if !ok || cniNode.GetDeletionTimestamp() == nil {
		return nil
	}
	_, err := r.cniNodes.mutate(resourceControllerActor, "", name, func(n *unstructured.Unstructured) error {
		n.SetFinalizers(slices.DeleteFunc(n.GetFinalizers(), func(f string) bool { return f == cniNodeFinalizer }))
		return nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	r.cniNodes.drop(cniNode)
	if node == nil {
		return nil
	}
	spec, _, _ := unstructured.NestedMap(cniNode.Object, "spec")
	if _, err = r.cniNodes.create(resourceControllerActor, r.newCNINode(node, spec)); err != nil && !apierrors.IsAlreadyExists(err) {
		r.events.warning(aboutNode(name), "CNINodeCreationFailed",
			"CNINode was deleted and failed to be recreated by the vpc-resource-controller")
	}
	return nil
}
