// Package fieldmanager tracks who owns which field of an object, by
// apimachinery's field manager.
package fieldmanager

import (
	"errors"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	applyconfigurations "k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"podsg/sandbox/kubeapi/resource"
)

// A Cache makes, when first needed, what tracks field ownership:
// for each resource one field manager of the object and one of each
// subresource. The zero value is ready to use.
type Cache struct {
	mu        sync.Mutex
	converter managedfields.TypeConverter // of the types of client-go's scheme
	managers  map[managerKey]*managedfields.FieldManager
}

// A managerKey names a field manager. A definition that changes makes another
// resource, with managers of its own.
type managerKey struct {
	resource    *resource.Resource
	subresource string
}

// For returns what tracks field ownership for writes to a resource.
func (c *Cache) For(r *resource.Resource, subresource string) (*managedfields.FieldManager, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := managerKey{r, subresource}
	if m, ok := c.managers[key]; ok {
		return m, nil
	}
	m, err := c.make(r, subresource)
	if err != nil {
		return nil, fmt.Errorf("make field manager of %s: %w", r.GroupResource(), err)
	}
	if c.managers == nil {
		c.managers = map[managerKey]*managedfields.FieldManager{}
	}
	c.managers[key] = m
	return m, nil
}

func (c *Cache) make(r *resource.Resource, subresource string) (*managedfields.FieldManager, error) {
	gvk, gv := r.GVK(), r.GVR.GroupVersion()
	reset := resetFields(r, subresource)
	if !r.Structured() {
		converter, err := schemaConverter(r)
		if err != nil {
			return nil, err
		}
		return managedfields.NewDefaultCRDFieldManager(converter, unstructuredConverter{}, noDefaults{}, unstructuredCreater{}, gvk, gv, subresource, reset)
	}
	if c.converter == nil { // parsing the schema takes about 85 ms
		c.converter = applyconfigurations.NewTypeConverter(scheme.Scheme)
	}
	return managedfields.NewDefaultFieldManager(c.converter, scheme.Scheme, noDefaults{}, scheme.Scheme, gvk, gv, subresource, reset)
}

// schemaConverter is the type converter of an unstructured resource.
func schemaConverter(r *resource.Resource) (managedfields.TypeConverter, error) {
	gvk := r.GVK()
	named := *r.Schema
	named.Extensions = spec.Extensions{}
	for name, value := range r.Schema.Extensions {
		named.Extensions[name] = value
	}
	named.Extensions["x-kubernetes-group-version-kind"] = []any{
		map[string]any{"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind},
	}
	return managedfields.NewTypeConverter(map[string]*spec.Schema{gvk.Kind: &named}, false)
}

// resetFields are the fields that a write does not own because it cannot
// change them: the status through the object, all else through the status.
func resetFields(r *resource.Resource, subresource string) map[fieldpath.APIVersion]fieldpath.Filter {
	if !r.HasStatus {
		return nil
	}
	excluded := fieldpath.NewSet(fieldpath.MakePathOrDie("status"))
	if subresource == "status" {
		excluded = fieldpath.NewSet(fieldpath.MakePathOrDie("spec"))
	}
	return map[fieldpath.APIVersion]fieldpath.Filter{
		fieldpath.APIVersion(r.GVR.GroupVersion().String()): fieldpath.NewExcludeSetFilter(excluded),
	}
}

// noDefaults leaves defaulting to the resource.
type noDefaults struct{}

func (noDefaults) Default(runtime.Object) {}

// unstructuredConverter converts between the versions of a custom resource, of
// which there is only ever one.
type unstructuredConverter struct{}

func (unstructuredConverter) Convert(in, out, context any) error {
	return errors.New("convert custom resource: only one version is served")
}

func (unstructuredConverter) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	return in, nil
}

func (unstructuredConverter) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

type unstructuredCreater struct{}

func (unstructuredCreater) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(kind)
	return u, nil
}
