package resource

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// DecodeMap decodes a JSON or YAML object, with whole numbers as int64, as
// Kubernetes has them.
func DecodeMap(data []byte) (map[string]any, error) {
	document, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := utiljson.Unmarshal(document, &object); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, errors.New("the document is empty")
	}
	return object, nil
}

// Accessor gives an object's metadata. Every object of the store has it, since
// only kinds with metadata are registered.
func Accessor(obj runtime.Object) metav1.Object {
	if o, ok := obj.(metav1.Object); ok {
		return o
	}
	o, err := meta.Accessor(obj)
	if err != nil {
		return &metav1.ObjectMeta{}
	}
	return o
}

// ToMap is the object's JSON form.
func ToMap(obj runtime.Object) map[string]any {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		return u.Object
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return map[string]any{}
	}
	return m
}

// Lookup follows a dotted path such as "spec.managedBy" through a JSON object.
func Lookup(object map[string]any, path string) any {
	// What is not there, or not under an object, is nil.
	value, _, _ := unstructured.NestedFieldNoCopy(object, strings.Split(strings.TrimPrefix(path, "."), ".")...)
	return value
}

// Printed is a JSON value as text: strings bare, the rest as JSON.
func Printed(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(raw)
}

// MetadataOnly is the object as metadata clients ask for it.
func MetadataOnly(obj runtime.Object) *metav1.PartialObjectMetadata {
	only := meta.AsPartialObjectMetadata(Accessor(obj))
	only.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("PartialObjectMetadata"))
	return only
}
