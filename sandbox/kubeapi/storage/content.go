package storage

import (
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/kubeapi/resource"
)

// sameContent compares two objects without the times of their field managers
// and without the resource version: a write that changes nothing else is no
// write, and keeps the version.
func sameContent(a, b runtime.Object) bool {
	return equality.Semantic.DeepEqual(withoutWriteMarks(a), withoutWriteMarks(b))
}

func withoutWriteMarks(obj runtime.Object) runtime.Object {
	obj = obj.DeepCopyObject()
	entries := resource.Accessor(obj).GetManagedFields()
	for i := range entries {
		entries[i].Time = nil
	}
	resource.Accessor(obj).SetManagedFields(entries)
	resource.Accessor(obj).SetResourceVersion("")
	return obj
}

// keepSystemFields puts back the metadata that no writer may change.
func keepSystemFields(object, current metav1.Object) {
	object.SetUID(current.GetUID())
	object.SetName(current.GetName())
	object.SetNamespace(current.GetNamespace())
	object.SetGenerateName(current.GetGenerateName())
	object.SetCreationTimestamp(current.GetCreationTimestamp())
	object.SetDeletionTimestamp(current.GetDeletionTimestamp())
	object.SetDeletionGracePeriodSeconds(current.GetDeletionGracePeriodSeconds())
	object.SetResourceVersion(current.GetResourceVersion())
	object.SetGeneration(current.GetGeneration())
}

// withStatusOf is current with the status (and managed fields) of written.
func withStatusOf(written, current runtime.Object) runtime.Object {
	obj := current.DeepCopyObject()
	copyStatus(obj, written)
	resource.Accessor(obj).SetManagedFields(resource.Accessor(written).GetManagedFields())
	return obj
}

// copyStatus replaces the status of to by that of from, which has the same type.
func copyStatus(to, from runtime.Object) {
	if u, ok := to.(*unstructured.Unstructured); ok {
		status, ok := resource.ToMap(from)["status"]
		if !ok {
			delete(u.Object, "status")
			return
		}
		u.Object["status"] = runtime.DeepCopyJSONValue(status)
		return
	}
	status := reflect.ValueOf(to).Elem().FieldByName("Status")
	source := reflect.ValueOf(from.DeepCopyObject()).Elem().FieldByName("Status")
	if status.IsValid() && source.IsValid() {
		status.Set(source)
	}
}

// sameSpec compares all but metadata and status, which is what the generation
// counts.
func sameSpec(a, b runtime.Object) bool {
	if r := reflect.ValueOf(a).Elem().FieldByName("Spec"); r.IsValid() {
		return equality.Semantic.DeepEqual(r.Interface(), reflect.ValueOf(b).Elem().FieldByName("Spec").Interface())
	}
	return equality.Semantic.DeepEqual(withoutMetadata(resource.ToMap(a)), withoutMetadata(resource.ToMap(b)))
}

func withoutMetadata(object map[string]any) map[string]any {
	rest := make(map[string]any, len(object))
	for name, value := range object {
		switch name {
		case "metadata", "status", "apiVersion", "kind":
		default:
			rest[name] = value
		}
	}
	return rest
}
