// Package resource describes what is served: a resource's names, its rules for
// objects, and how its objects are shown in tables.
package resource

import (
	"strings"

	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// A Resource is one served resource type: its names, and what upstream calls
// its strategy. The hooks may be nil.
type Resource struct {
	GVR        schema.GroupVersionResource
	Kind       string
	Namespaced bool
	ShortNames []string
	Categories []string

	HasStatus     bool // the status is written through its own subresource only
	HasScale      bool // has a scale subresource (spec.replicas)
	HasGeneration bool // metadata.generation counts changes of the spec
	Custom        bool // defined by a CustomResourceDefinition

	// Defaults fills what the writer left out; it runs on every write.
	Defaults func(obj runtime.Object)
	// Prepare runs once, on creation, when the UID is known.
	Prepare func(obj runtime.Object)
	// Validate finds what is wrong with the object by itself.
	Validate func(obj runtime.Object) field.ErrorList
	// ValidateUpdate finds what may not change.
	ValidateUpdate func(obj, old runtime.Object) field.ErrorList
	// ValidateName checks a name; DNS subdomain if nil.
	ValidateName apivalidation.ValidateNameFunc

	// Fields are the selectable fields besides metadata.name and
	// metadata.namespace.
	Fields  map[string]func(obj runtime.Object) string
	Columns []Column

	// Schema is the structural schema of an unstructured resource; nil for
	// the types of client-go's scheme.
	Schema *spec.Schema
	// Alias, when set, serves another resource's objects in another shape.
	Alias *Alias
}

// An Alias serves the objects of one resource as another kind, as
// events.k8s.io does with core events.
type Alias struct {
	Stored      schema.GroupVersionResource
	FromStorage func(stored runtime.Object) runtime.Object
	ToStorage   func(served runtime.Object) runtime.Object
	// Fields are the stored names of the selectable fields.
	Fields map[string]string
}

// Present is a stored object in the shape that the resource serves.
func (r *Resource) Present(stored runtime.Object) runtime.Object {
	if r.Alias == nil {
		return stored
	}
	return r.Alias.FromStorage(stored)
}

// ToStorage is a served object in the shape in which it is stored.
func (r *Resource) ToStorage(served runtime.Object) runtime.Object {
	if r.Alias == nil {
		return served
	}
	return r.Alias.ToStorage(served)
}

// GVK names the kind of the objects.
func (r *Resource) GVK() schema.GroupVersionKind { return r.GVR.GroupVersion().WithKind(r.Kind) }

// GroupResource names the resource without its version.
func (r *Resource) GroupResource() schema.GroupResource { return r.GVR.GroupResource() }

// Singular is the name of one object of the resource, such as "pod".
func (r *Resource) Singular() string { return strings.ToLower(r.Kind) }

// Structured reports whether the objects are Go types of client-go's scheme.
func (r *Resource) Structured() bool { return r.Schema == nil }

// NewObject returns an empty object of the resource's kind.
func (r *Resource) NewObject() (runtime.Object, error) {
	if !r.Structured() {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(r.GVK())
		return u, nil
	}
	obj, err := scheme.Scheme.New(r.GVK())
	if err != nil {
		return nil, err
	}
	obj.GetObjectKind().SetGroupVersionKind(r.GVK())
	return obj, nil
}

// Selectable reports whether the field can stand in a field selector.
func (r *Resource) Selectable(field string) bool {
	switch field {
	case "metadata.name":
		return true
	case "metadata.namespace":
		return r.Namespaced
	}
	if r.Alias != nil {
		_, ok := r.Alias.Fields[field]
		return ok
	}
	_, ok := r.Fields[field]
	return ok
}

// FieldValue is the value of a selectable field.
func (r *Resource) FieldValue(obj runtime.Object, field string) string {
	switch field {
	case "metadata.name":
		return Accessor(obj).GetName()
	case "metadata.namespace":
		return Accessor(obj).GetNamespace()
	}
	if value, ok := r.Fields[field]; ok {
		return value(obj)
	}
	return ""
}
