package kubeapi

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilrand "k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/watch"
)

// writeOptions are what every write shares.
type writeOptions struct {
	manager     string // owner of the written fields; "" leaves them untracked
	user        User
	dryRun      bool
	force       bool   // of an apply: take fields over from other managers
	subresource string // "" or "status"
	tracked     bool   // the object's managedFields are already right
}

// writeAttempts bounds how often a write without a resource version is tried
// again after others wrote in between.
const writeAttempts = 50

// create stores a new object and returns it as stored, to be read only.
func (s *Store) create(r *resource, namespace string, in runtime.Object, opts writeOptions) (runtime.Object, error) {
	obj := in.DeepCopyObject()
	obj.GetObjectKind().SetGroupVersionKind(r.gvk())
	object := accessor(obj)
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
	if r.hasGeneration {
		object.SetGeneration(1)
	}
	if r.hasStatus {
		blank, err := r.newObject()
		if err != nil {
			return nil, err
		}
		copyStatus(obj, blank)
	}
	if r.defaults != nil {
		r.defaults(obj)
	}
	if r.prepare != nil {
		r.prepare(obj)
	}
	if err := s.admit(r, admissionv1.Create, obj, nil, opts); err != nil {
		return nil, err
	}
	if err := r.check(obj, nil); err != nil {
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
		return nil, apierrors.NewAlreadyExists(r.groupResource(), accessor(obj).GetName())
	}
	// The namespace may have begun to go while admission ran.
	if err := s.checkNamespaceLocked(r, accessor(obj)); err != nil {
		return nil, err
	}
	if !opts.dryRun {
		s.commit(c, watch.Added, obj, nil)
		s.collectLate(c, obj)
	}
	return obj, nil
}

// nameNewObject settles the namespace and name of an object to be created.
func nameNewObject(r *resource, namespace string, object metav1.Object) error {
	if r.namespaced {
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
		return apierrors.NewInvalid(r.gvk().GroupKind(), "", field.ErrorList{
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

// trackCreate makes opts.manager the owner of the new object's fields.
func (s *Store) trackCreate(r *resource, obj runtime.Object, opts writeOptions) (runtime.Object, error) {
	if opts.tracked {
		return obj, nil
	}
	accessor(obj).SetManagedFields(nil)
	if opts.manager == "" {
		return obj, nil
	}
	manager, err := s.fields.For(r, "")
	if err != nil {
		return nil, err
	}
	blank, err := r.newObject()
	if err != nil {
		return nil, err
	}
	return manager.UpdateNoErrors(blank, obj, opts.manager), nil
}

// mutate is the one way to change an object: update, patch, apply and the
// status writes. change gets a copy of the current object and returns what it
// shall be. Without a resource version in it, the write is repeated when
// somebody else wrote in between. The result is to be read only.
func (s *Store) mutate(r *resource, namespace, name string, opts writeOptions, change func(current runtime.Object) (runtime.Object, error)) (runtime.Object, error) {
	for range writeAttempts {
		obj, err := s.tryMutate(r, namespace, name, opts, change)
		if !errors.Is(err, errRaced) {
			return obj, err
		}
	}
	return nil, apierrors.NewConflict(r.groupResource(), name, errors.New("too many writers at once; please try again"))
}

// errRaced says that the object was written between read and write.
var errRaced = errors.New("object was written in between")

func (s *Store) tryMutate(r *resource, namespace, name string, opts writeOptions, change func(current runtime.Object) (runtime.Object, error)) (runtime.Object, error) {
	current, err := s.get(r, namespace, name)
	if err != nil {
		return nil, err
	}
	obj, err := change(current.DeepCopyObject())
	if err != nil {
		return nil, err
	}
	obj.GetObjectKind().SetGroupVersionKind(r.gvk())
	if err := checkPreconditions(r, accessor(obj), accessor(current)); err != nil {
		return nil, err
	}
	keepSystemFields(accessor(obj), accessor(current))
	if opts.subresource == "status" {
		obj = withStatusOf(obj, current)
	} else {
		if r.hasStatus {
			copyStatus(obj, current)
		}
		if r.defaults != nil {
			r.defaults(obj)
		}
	}
	if err := s.admit(r, admissionv1.Update, obj, current, opts); err != nil {
		return nil, err
	}
	if err := r.check(obj, current); err != nil {
		return nil, err
	}
	if opts.subresource == "" && r.hasGeneration && !sameSpec(obj, current) {
		accessor(obj).SetGeneration(accessor(current).GetGeneration() + 1)
	}
	if opts.manager != "" && !opts.tracked {
		manager, err := s.fields.For(r, opts.subresource)
		if err != nil {
			return nil, err
		}
		obj = manager.UpdateNoErrors(current, obj, opts.manager)
	}
	if sameContent(obj, current) {
		return current, nil
	}
	return s.replace(r, current, obj, opts)
}

// replace stores obj where current was, unless that has changed meanwhile.
func (s *Store) replace(r *resource, current, obj runtime.Object, opts writeOptions) (runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, err
	}
	live, ok := c.objects[keyOf(current)]
	if !ok {
		return nil, apierrors.NewNotFound(r.groupResource(), accessor(current).GetName())
	}
	if live != current {
		return nil, errRaced
	}
	switch {
	case opts.dryRun:
	case deletionComplete(obj):
		s.finish(c, obj, live)
	default:
		s.commit(c, watch.Modified, obj, live)
	}
	return obj, nil
}

func checkPreconditions(r *resource, object, current metav1.Object) error {
	if v := object.GetResourceVersion(); v != "" && v != current.GetResourceVersion() {
		return apierrors.NewConflict(r.groupResource(), current.GetName(),
			errors.New("the object has been modified; please apply your changes to the latest version and try again"))
	}
	if uid := object.GetUID(); uid != "" && uid != current.GetUID() {
		return apierrors.NewConflict(r.groupResource(), current.GetName(),
			fmt.Errorf("Precondition failed: UID in precondition: %v, UID in object meta: %v", uid, current.GetUID()))
	}
	return nil
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
	accessor(obj).SetManagedFields(accessor(written).GetManagedFields())
	return obj
}

// copyStatus replaces the status of to by that of from, which has the same type.
func copyStatus(to, from runtime.Object) {
	if u, ok := to.(*unstructured.Unstructured); ok {
		status, ok := toMap(from)["status"]
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
	return equality.Semantic.DeepEqual(withoutMetadata(toMap(a)), withoutMetadata(toMap(b)))
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

// admit runs the admission hooks. Mutators see the object; what they change is
// defaulted again.
func (s *Store) admit(r *resource, operation admissionv1.Operation, obj, old runtime.Object, opts writeOptions) error {
	if s.hooks.Empty() {
		return nil
	}
	req := &AdmissionRequest{
		Operation:   operation,
		Resource:    r.gvr,
		Subresource: opts.subresource,
		Object:      obj,
		OldObject:   old,
		User:        opts.user,
		DryRun:      opts.dryRun,
	}
	subject := obj
	if subject == nil {
		subject = old
	}
	req.Namespace, req.Name = accessor(subject).GetNamespace(), accessor(subject).GetName()
	if obj != nil {
		if err := s.hooks.Mutate(req); err != nil {
			return err
		}
		if r.defaults != nil && opts.subresource == "" {
			r.defaults(obj)
		}
	}
	return s.hooks.Validate(req)
}

// checkNamespace refuses content for a namespace that is missing or going.
func (s *Store) checkNamespace(r *resource, object metav1.Object) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.checkNamespaceLocked(r, object)
}

func (s *Store) checkNamespaceLocked(r *resource, object metav1.Object) error {
	if !r.namespaced {
		return nil
	}
	name := object.GetNamespace()
	namespace, ok := s.collections[Namespaces.GroupResource()].objects[objectKey("", name)]
	if !ok {
		return apierrors.NewNotFound(Namespaces.GroupResource(), name)
	}
	if accessor(namespace).GetDeletionTimestamp() == nil {
		return nil
	}
	err := apierrors.NewForbidden(r.groupResource(), object.GetName(),
		fmt.Errorf("unable to create new content in namespace %s because it is being terminated", name))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type:    corev1.NamespaceTerminatingCause,
		Message: fmt.Sprintf("namespace %s is being terminated", name),
		Field:   "metadata.namespace",
	})
	return err
}
