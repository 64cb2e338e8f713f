// Package facts reduces Kubernetes objects to what podsg looks at, and names the
// objects of the feature. It asks nobody.
package facts

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps/world"
)

// Qualified is NAMESPACE/NAME, or NAME alone in the whole cluster.
func Qualified(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// OwnLabels is the mark of ownership on Kubernetes objects.
func OwnLabels() map[string]string { return map[string]string{world.LabelManagedBy: world.ManagedBy} }

// Object are the facts that all objects have.
func Object(o metav1.Object) world.ObjectFacts {
	return world.ObjectFacts{
		Name:      o.GetName(),
		Namespace: o.GetNamespace(),
		Owned:     OwnedBy(o),
		Labels:    o.GetLabels(),
		CreatedAt: o.GetCreationTimestamp().Time,
		Sum:       o.GetAnnotations()[sumAnnotation],
		Owner:     OwnerOf(o),
	}
}

// OwnerOf is the tool that makes an object; nil: none is known to.
func OwnerOf(o metav1.Object) *world.Owner {
	var managers []string
	for _, entry := range o.GetManagedFields() {
		managers = append(managers, entry.Manager)
	}
	return world.OwnerOf(world.Marks{Labels: o.GetLabels(), Annotations: o.GetAnnotations(), Managers: managers})
}

// OwnedBy reports whether podsg made an object.
func OwnedBy(o metav1.Object) bool { return o.GetLabels()[world.LabelManagedBy] == world.ManagedBy }
