package podeni

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// HasFeature says that a node asks for a feature.
func HasFeature(cniNode *unstructured.Unstructured, name string) bool {
	features, _, _ := unstructured.NestedSlice(cniNode.Object, "spec", "features")
	return slices.ContainsFunc(features, func(f any) bool {
		feature, ok := f.(map[string]any)
		return ok && feature["name"] == name
	})
}

// AddFeature asks for a feature.
func AddFeature(cniNode *unstructured.Unstructured, name string) error {
	features, _, err := unstructured.NestedSlice(cniNode.Object, "spec", "features")
	if err != nil || HasFeature(cniNode, name) {
		return err
	}
	features = append(features, map[string]any{"name": name})
	return unstructured.SetNestedSlice(cniNode.Object, features, "spec", "features")
}
