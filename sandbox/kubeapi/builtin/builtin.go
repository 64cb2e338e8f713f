// Package builtin defines the resources that are served from the start: their
// names, defaults, validation, selectable fields and columns.
//
// Defaults and validation are those of k8s.io/kubernetes, as far as the practice
// world needs them.
package builtin

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/resource"
)

// Resources are the resources that are served from the start. They are
// made anew for each store.
func Resources() []*resource.Resource {
	return slices.Concat(
		coreResources(),
		workloadResources(),
		replicaResources(),
		clusterResources(),
		networkResources(),
	)
}

// selectableOf makes a selectable field of the objects of type T.
func selectableOf[T runtime.Object](value func(T) string) func(runtime.Object) string {
	return func(obj runtime.Object) string {
		typed, ok := obj.(T)
		if !ok {
			return ""
		}
		return value(typed)
	}
}

// validates makes a validation hook of the objects of type T.
func validates[T runtime.Object](check func(obj T) field.ErrorList) func(runtime.Object) field.ErrorList {
	return func(obj runtime.Object) field.ErrorList {
		typed, ok := obj.(T)
		if !ok {
			return nil
		}
		return check(typed)
	}
}

// defaultTo sets an unset field.
func defaultTo[T comparable](field *T, value T) {
	var unset T
	if *field == unset {
		*field = value
	}
}

// defaultPointer sets an unset optional field.
func defaultPointer[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}
