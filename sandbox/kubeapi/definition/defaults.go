package definition

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// SetDefaults fills in the names and the status of a definition. Ours is
// established at once.
func SetDefaults(obj runtime.Object) {
	u := obj.(*unstructured.Unstructured)
	d, err := Read(u)
	if err != nil || d.storage() == nil {
		return // validation says what is wrong
	}
	names := &d.Spec.Names
	if names.Singular == "" {
		names.Singular = strings.ToLower(names.Kind)
	}
	if names.ListKind == "" {
		names.ListKind = names.Kind + "List"
	}
	accepted, err := runtime.DefaultUnstructuredConverter.ToUnstructured(names)
	if err != nil {
		return
	}
	// The paths are those of an object that Read could read.
	_ = unstructured.SetNestedField(u.Object, accepted, "spec", "names")
	if _, found, _ := unstructured.NestedMap(u.Object, "spec", "conversion"); !found {
		_ = unstructured.SetNestedField(u.Object, map[string]any{"strategy": "None"}, "spec", "conversion")
	}
	if _, found, _ := unstructured.NestedSlice(u.Object, "status", "conditions"); found {
		return
	}
	now := u.GetCreationTimestamp().UTC().Format("2006-01-02T15:04:05Z")
	condition := func(kind, reason, message string) any {
		return map[string]any{"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now}
	}
	u.Object["status"] = map[string]any{
		"acceptedNames":  runtime.DeepCopyJSON(accepted),
		"storedVersions": []any{d.storage().Name},
		"conditions": []any{
			condition("NamesAccepted", "NoConflicts", "no conflicts found"),
			condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
		},
	}
}
