package storage

import (
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"

	"podsg/sandbox/kubeapi/resource"
)

// A Selector narrows a list or a watch. The zero value selects everything.
type Selector struct {
	Labels labels.Selector
	Fields fields.Selector
}

// ByLabels selects the objects that have all these labels.
func ByLabels(set map[string]string) Selector {
	return Selector{Labels: labels.SelectorFromSet(set)}
}

// ByField selects the objects whose field has this value; the resource must
// offer the field, as pods offer "spec.nodeName".
func ByField(field, value string) Selector {
	return Selector{Fields: fields.OneTermEqualSelector(field, value)}
}

// empty reports whether the selector selects everything.
func (s Selector) empty() bool {
	return (s.Labels == nil || s.Labels.Empty()) && (s.Fields == nil || s.Fields.Empty())
}

func (s Selector) matches(r *resource.Resource, obj runtime.Object) bool {
	if obj == nil {
		return false
	}
	if s.Labels != nil && !s.Labels.Empty() && !s.Labels.Matches(labels.Set(resource.Accessor(obj).GetLabels())) {
		return false
	}
	if s.Fields == nil || s.Fields.Empty() {
		return true
	}
	for _, requirement := range s.Fields.Requirements() {
		equal := r.FieldValue(obj, requirement.Field) == requirement.Value
		if equal == (requirement.Operator == selection.NotEquals) {
			return false
		}
	}
	return true
}
