// Package definition reads CustomResourceDefinitions: a definition makes a
// resource. It holds those of an EKS cluster.
package definition

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"podsg/sandbox/kubeapi/resource"
)

// Cleanup is the finalizer that holds a CustomResourceDefinition until its objects are gone.
const Cleanup = "customresourcecleanup.apiextensions.k8s.io"

// A Definition is what is read of a CustomResourceDefinition. Of several
// versions only the storage version is served.
type Definition struct {
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"`
		Names struct {
			Kind       string   `json:"kind"`
			ListKind   string   `json:"listKind,omitempty"`
			Plural     string   `json:"plural"`
			Singular   string   `json:"singular,omitempty"`
			ShortNames []string `json:"shortNames,omitempty"`
			Categories []string `json:"categories,omitempty"`
		} `json:"names"`
		Versions []version `json:"versions"`
	} `json:"spec"`
}

// A version is one entry of spec.versions.
type version struct {
	Name    string `json:"name"`
	Served  bool   `json:"served"`
	Storage bool   `json:"storage"`
	Schema  struct {
		OpenAPI *spec.Schema `json:"openAPIV3Schema"`
	} `json:"schema"`
	Subresources struct {
		Status *struct{} `json:"status"`
	} `json:"subresources"`
	Columns []struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		JSONPath    string `json:"jsonPath"`
		Priority    int32  `json:"priority"`
		Description string `json:"description"`
	} `json:"additionalPrinterColumns"`
	SelectableFields []struct {
		JSONPath string `json:"jsonPath"`
	} `json:"selectableFields"`
}

// Read reads a CustomResourceDefinition.
func Read(obj runtime.Object) (*Definition, error) {
	raw, err := json.Marshal(resource.ToMap(obj))
	if err != nil {
		return nil, err
	}
	d := &Definition{}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, fmt.Errorf("read definition %q: %w", resource.Accessor(obj).GetName(), err)
	}
	return d, nil
}

func (d *Definition) storage() *version {
	for i := range d.Spec.Versions {
		if d.Spec.Versions[i].Storage {
			return &d.Spec.Versions[i]
		}
	}
	return nil
}

// Resource is the resource that the definition asks for, or nil when it is not
// to be served.
func (d *Definition) Resource() *resource.Resource {
	v := d.storage()
	if v == nil || !v.Served || v.Schema.OpenAPI == nil {
		return nil
	}
	r := &resource.Resource{
		GVR:           schema.GroupVersionResource{Group: d.Spec.Group, Version: v.Name, Resource: d.Spec.Names.Plural},
		Kind:          d.Spec.Names.Kind,
		Namespaced:    d.Spec.Scope == "Namespaced",
		ShortNames:    d.Spec.Names.ShortNames,
		Categories:    d.Spec.Names.Categories,
		HasStatus:     v.Subresources.Status != nil,
		HasGeneration: true,
		Custom:        true,
		Schema:        v.Schema.OpenAPI,
		Fields:        map[string]func(runtime.Object) string{},
	}
	for _, selectable := range v.SelectableFields {
		path := strings.TrimPrefix(selectable.JSONPath, ".")
		r.Fields[path] = func(obj runtime.Object) string { return resource.Printed(resource.Lookup(resource.ToMap(obj), path)) }
	}
	if len(v.Columns) > 0 {
		r.Columns = append(r.Columns, resource.NameColumn)
		for _, c := range v.Columns {
			r.Columns = append(r.Columns, resource.PathColumn(c.Name, c.Type, c.JSONPath, c.Priority, c.Description))
		}
	}
	return r
}
