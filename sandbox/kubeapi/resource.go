package kubeapi

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// A resource is one served resource type: its names, and what upstream calls
// its strategy. The hooks may be nil.
type resource struct {
	gvr        schema.GroupVersionResource
	kind       string
	namespaced bool
	shortNames []string
	categories []string

	hasStatus     bool // the status is written through its own subresource only
	hasScale      bool // has a scale subresource (spec.replicas)
	hasGeneration bool // metadata.generation counts changes of the spec
	custom        bool // defined by a CustomResourceDefinition

	// defaults fills what the writer left out; it runs on every write.
	defaults func(obj runtime.Object)
	// prepare runs once, on creation, when the UID is known.
	prepare func(obj runtime.Object)
	// validate finds what is wrong with the object by itself.
	validate func(obj runtime.Object) field.ErrorList
	// validateUpdate finds what may not change.
	validateUpdate func(obj, old runtime.Object) field.ErrorList
	// validateName checks a name; DNS subdomain if nil.
	validateName apivalidation.ValidateNameFunc

	// fields are the selectable fields besides metadata.name and
	// metadata.namespace.
	fields  map[string]func(obj runtime.Object) string
	columns []column

	// schema is the structural schema of an unstructured resource; nil for
	// the types of client-go's scheme.
	schema *spec.Schema
	// alias, when set, serves another resource's objects in another shape.
	alias *alias
}

// An alias serves the objects of one resource as another kind, as
// events.k8s.io does with core events.
type alias struct {
	stored      schema.GroupVersionResource
	fromStorage func(stored runtime.Object) runtime.Object
	toStorage   func(served runtime.Object) runtime.Object
	// fields are the stored names of the selectable fields.
	fields map[string]string
}

// present is a stored object in the shape that the resource serves.
func (r *resource) present(stored runtime.Object) runtime.Object {
	if r.alias == nil {
		return stored
	}
	return r.alias.fromStorage(stored)
}

// toStorage is a served object in the shape in which it is stored.
func (r *resource) toStorage(served runtime.Object) runtime.Object {
	if r.alias == nil {
		return served
	}
	return r.alias.toStorage(served)
}

func (r *resource) gvk() schema.GroupVersionKind { return r.gvr.GroupVersion().WithKind(r.kind) }

func (r *resource) groupResource() schema.GroupResource { return r.gvr.GroupResource() }

func (r *resource) singular() string { return strings.ToLower(r.kind) }

// structured reports whether the objects are Go types of client-go's scheme.
func (r *resource) structured() bool { return r.schema == nil }

// newObject returns an empty object of the resource's kind.
func (r *resource) newObject() (runtime.Object, error) {
	if !r.structured() {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(r.gvk())
		return u, nil
	}
	obj, err := scheme.Scheme.New(r.gvk())
	if err != nil {
		return nil, err
	}
	obj.GetObjectKind().SetGroupVersionKind(r.gvk())
	return obj, nil
}

// selectable reports whether the field can stand in a field selector.
func (r *resource) selectable(field string) bool {
	switch field {
	case "metadata.name":
		return true
	case "metadata.namespace":
		return r.namespaced
	}
	if r.alias != nil {
		_, ok := r.alias.fields[field]
		return ok
	}
	_, ok := r.fields[field]
	return ok
}

// fieldValue is the value of a selectable field.
func (r *resource) fieldValue(obj runtime.Object, field string) string {
	switch field {
	case "metadata.name":
		return accessor(obj).GetName()
	case "metadata.namespace":
		return accessor(obj).GetNamespace()
	}
	if value, ok := r.fields[field]; ok {
		return value(obj)
	}
	return ""
}

// accessor gives an object's metadata. Every object of the store has it, since
// only kinds with metadata are registered.
func accessor(obj runtime.Object) metav1.Object {
	if o, ok := obj.(metav1.Object); ok {
		return o
	}
	o, err := meta.Accessor(obj)
	if err != nil {
		return &metav1.ObjectMeta{}
	}
	return o
}

// toMap is the object's JSON form.
func toMap(obj runtime.Object) map[string]any {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		return u.Object
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return map[string]any{}
	}
	return m
}

// lookup follows a dotted path such as "spec.managedBy" through a JSON object.
func lookup(object map[string]any, path string) any {
	var value any = object
	for _, name := range strings.Split(strings.TrimPrefix(path, "."), ".") {
		m, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = m[name]
	}
	return value
}
