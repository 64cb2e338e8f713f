package definition

import (
	"embed"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/kubeapi/resource"
)

// The definitions that an EKS cluster comes with, as their projects publish
// them; each file names its origin and licence.
//
//go:embed crds/*.yaml
var eksDefinitions embed.FS

// EKS returns the CustomResourceDefinitions of an EKS cluster:
// SecurityGroupPolicy, CNINode and ENIConfig. Creating one makes the store
// serve its resource:
//
//	crds := storage.NewClient[*unstructured.Unstructured](store, gvr.CustomResourceDefinitions, "eks")
func EKS() ([]*unstructured.Unstructured, error) {
	files, err := eksDefinitions.ReadDir("crds")
	if err != nil {
		return nil, fmt.Errorf("list embedded definitions: %w", err)
	}
	var definitions []*unstructured.Unstructured
	for _, file := range files {
		text, err := eksDefinitions.ReadFile("crds/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("read definition %q: %w", file.Name(), err)
		}
		object, err := resource.DecodeMap(text)
		if err != nil {
			return nil, fmt.Errorf("parse definition %q: %w", file.Name(), err)
		}
		definitions = append(definitions, &unstructured.Unstructured{Object: object})
	}
	return definitions, nil
}
