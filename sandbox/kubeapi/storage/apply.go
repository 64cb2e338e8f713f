package storage

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/kubeapi/resource"
)

// Apply is server-side apply: opts.Manager states all the fields that it cares
// for. It creates the object when there is none.
func (s *Store) Apply(r *resource.Resource, namespace, name string, patch *unstructured.Unstructured, opts WriteOptions) (obj runtime.Object, created bool, err error) {
	manager, err := s.fields.For(r, opts.Subresource)
	if err != nil {
		return nil, false, err
	}
	tracked := opts
	tracked.tracked = true
	// An object that comes or goes between the two ways is tried once more.
	for range writeAttempts {
		_, err := s.Get(r, namespace, name)
		if apierrors.IsNotFound(err) && opts.Subresource == "" {
			obj, err := s.applyNew(r, namespace, patch, tracked)
			if apierrors.IsAlreadyExists(err) {
				continue
			}
			return obj, err == nil, err
		}
		obj, err := s.Mutate(r, namespace, name, tracked, func(current runtime.Object) (runtime.Object, error) {
			return manager.Apply(current, patch.DeepCopy(), opts.Manager, opts.Force)
		})
		if apierrors.IsNotFound(err) && opts.Subresource == "" {
			continue
		}
		return obj, false, err
	}
	return nil, false, apierrors.NewConflict(r.GroupResource(), name, errRaced)
}

// applyNew creates the object that an apply describes.
func (s *Store) applyNew(r *resource.Resource, namespace string, patch *unstructured.Unstructured, opts WriteOptions) (runtime.Object, error) {
	manager, err := s.fields.For(r, "")
	if err != nil {
		return nil, err
	}
	blank, err := r.NewObject()
	if err != nil {
		return nil, err
	}
	obj, err := manager.Apply(blank, patch.DeepCopy(), opts.Manager, opts.Force)
	if err != nil {
		return nil, err
	}
	resource.Accessor(obj).SetResourceVersion("")
	return s.Create(r, namespace, obj, opts)
}
