package kubeapi

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// apply is server-side apply: opts.manager states all the fields that it cares
// for. It creates the object when there is none.
func (s *Store) apply(r *resource, namespace, name string, patch *unstructured.Unstructured, opts writeOptions) (obj runtime.Object, created bool, err error) {
	manager, err := s.fields.For(r, opts.subresource)
	if err != nil {
		return nil, false, err
	}
	tracked := opts
	tracked.tracked = true
	// An object that comes or goes between the two ways is tried once more.
	for range writeAttempts {
		_, err := s.get(r, namespace, name)
		if apierrors.IsNotFound(err) && opts.subresource == "" {
			obj, err := s.applyNew(r, namespace, patch, tracked)
			if apierrors.IsAlreadyExists(err) {
				continue
			}
			return obj, err == nil, err
		}
		obj, err := s.mutate(r, namespace, name, tracked, func(current runtime.Object) (runtime.Object, error) {
			return manager.Apply(current, patch.DeepCopy(), opts.manager, opts.force)
		})
		if apierrors.IsNotFound(err) && opts.subresource == "" {
			continue
		}
		return obj, false, err
	}
	return nil, false, apierrors.NewConflict(r.groupResource(), name, errRaced)
}

// applyNew creates the object that an apply describes.
func (s *Store) applyNew(r *resource, namespace string, patch *unstructured.Unstructured, opts writeOptions) (runtime.Object, error) {
	manager, err := s.fields.For(r, "")
	if err != nil {
		return nil, err
	}
	blank, err := r.newObject()
	if err != nil {
		return nil, err
	}
	obj, err := manager.Apply(blank, patch.DeepCopy(), opts.manager, opts.force)
	if err != nil {
		return nil, err
	}
	accessor(obj).SetResourceVersion("")
	return s.create(r, namespace, obj, opts)
}
