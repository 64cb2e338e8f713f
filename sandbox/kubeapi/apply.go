package kubeapi

import (
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// apply answers a server-side apply.
func (s *Server) apply(w http.ResponseWriter, t *target, body []byte) error {
	if t.served.alias != nil {
		return apierrors.NewMethodNotSupported(t.groupResource(), "apply")
	}
	if t.query.Get("fieldManager") == "" {
		return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "PatchOptions"}, "", field.ErrorList{
			field.Required(field.NewPath("fieldManager"), "is required for apply patch"),
		})
	}
	document, err := decodeMap(body)
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
	}
	patch := &unstructured.Unstructured{Object: document}
	if name := patch.GetName(); name != "" && name != t.name {
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", name, t.name))
	}
	patch.SetName(t.name)
	if t.served.namespaced {
		if namespace := patch.GetNamespace(); namespace != "" && namespace != t.namespace {
			return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
		}
		patch.SetNamespace(t.namespace)
	}
	obj, created, err := s.store.apply(t.stored, t.objectNamespace(), t.name, patch, t.writeOptions())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return s.respond(w, status, t, obj)
}

// apply is server-side apply: opts.manager states all the fields that it cares
// for. It creates the object when there is none.
func (s *Store) apply(r *resource, namespace, name string, patch *unstructured.Unstructured, opts writeOptions) (obj runtime.Object, created bool, err error) {
	manager, err := s.fieldManager(r, opts.subresource)
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
	manager, err := s.fieldManager(r, "")
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
