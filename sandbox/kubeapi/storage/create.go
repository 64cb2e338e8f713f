package storage

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilrand "k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// Create stores a new object and returns it as stored, to be read only.
func (s *Store) Create(r *resource.Resource, namespace string, in runtime.Object, opts WriteOptions) (runtime.Object, error) {
	obj := in.DeepCopyObject()
	obj.GetObjectKind().SetGroupVersionKind(r.GVK())
	object := resource.Accessor(obj)
	if err := nameNewObject(r, namespace, object); err != nil {
		return nil, err
	}
	if err := s.checkNamespace(r, object); err != nil {
		return nil, err
	}
	object.SetUID(types.UID(uuid.NewString()))
	object.SetCreationTimestamp(metav1.NewTime(s.clock.Now().Truncate(time.Second)))
	object.SetDeletionTimestamp(nil)
	object.SetDeletionGracePeriodSeconds(nil)
	object.SetGeneration(0)
	if r.HasGeneration {
		object.SetGeneration(1)
	}
	if r.HasStatus {
		blank, err := r.NewObject()
		if err != nil {
			return nil, err
		}
		copyStatus(obj, blank)
	}
	if r.Defaults != nil {
		r.Defaults(obj)
	}
	if r.Prepare != nil {
		r.Prepare(obj)
	}
	if err := s.admit(r, admissionv1.Create, obj, nil, opts); err != nil {
		return nil, err
	}
	if err := r.Check(obj, nil); err != nil {
		return nil, err
	}
	obj, err := s.trackCreate(r, obj, opts)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, err
	}
	if _, exists := c.objects[keyOf(obj)]; exists {
		return nil, apierrors.NewAlreadyExists(r.GroupResource(), resource.Accessor(obj).GetName())
	}
	// The namespace may have begun to go while admission ran.
	if err := s.checkNamespaceLocked(r, resource.Accessor(obj)); err != nil {
		return nil, err
	}
	if !opts.DryRun {
		s.commit(c, watch.Added, obj, nil)
		s.collectLate(c, obj)
	}
	return obj, nil
}

// nameNewObject settles the namespace and name of an object to be created.
func nameNewObject(r *resource.Resource, namespace string, object metav1.Object) error {
	if r.Namespaced {
		if object.GetNamespace() == "" {
			object.SetNamespace(namespace)
		}
		if object.GetNamespace() != namespace {
			return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
		}
	} else {
		object.SetNamespace("")
	}
	if object.GetResourceVersion() != "" {
		return apierrors.NewBadRequest("resourceVersion should not be set on objects to be created")
	}
	if object.GetName() == "" && object.GetGenerateName() != "" {
		object.SetName(generateName(object.GetGenerateName()))
	}
	if object.GetName() == "" {
		return apierrors.NewInvalid(r.GVK().GroupKind(), "", field.ErrorList{
			field.Required(field.NewPath("metadata", "name"), "name or generateName is required"),
		})
	}
	return nil
}

// generateName appends five random characters, as the API server does; a long
// prefix is cut so that the name stays within 63 characters.
func generateName(prefix string) string {
	const suffix, longest = 5, 63
	if len(prefix) > longest-suffix {
		prefix = prefix[:longest-suffix]
	}
	return prefix + utilrand.String(suffix)
}

// trackCreate makes opts.Manager the owner of the new object's fields.
func (s *Store) trackCreate(r *resource.Resource, obj runtime.Object, opts WriteOptions) (runtime.Object, error) {
	if opts.tracked {
		return obj, nil
	}
	resource.Accessor(obj).SetManagedFields(nil)
	if opts.Manager == "" {
		return obj, nil
	}
	manager, err := s.fields.For(r, "")
	if err != nil {
		return nil, err
	}
	blank, err := r.NewObject()
	if err != nil {
		return nil, err
	}
	return manager.UpdateNoErrors(blank, obj, opts.Manager), nil
}

// checkNamespace refuses content for a namespace that is missing or going.
func (s *Store) checkNamespace(r *resource.Resource, object metav1.Object) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.checkNamespaceLocked(r, object)
}

func (s *Store) checkNamespaceLocked(r *resource.Resource, object metav1.Object) error {
	if !r.Namespaced {
		return nil
	}
	name := object.GetNamespace()
	namespace, ok := s.collections[gvr.Namespaces.GroupResource()].objects[objectKey("", name)]
	if !ok {
		return apierrors.NewNotFound(gvr.Namespaces.GroupResource(), name)
	}
	if resource.Accessor(namespace).GetDeletionTimestamp() == nil {
		return nil
	}
	err := apierrors.NewForbidden(r.GroupResource(), object.GetName(),
		fmt.Errorf("unable to create new content in namespace %s because it is being terminated", name))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type:    corev1.NamespaceTerminatingCause,
		Message: fmt.Sprintf("namespace %s is being terminated", name),
		Field:   "metadata.namespace",
	})
	return err
}
