package storage

import (
	"errors"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/resource"
	"podsg/sandbox/kubeapi/webhook"
)

// WriteOptions are what every write shares.
type WriteOptions struct {
	Manager     string // owner of the written fields; "" leaves them untracked
	User        access.User
	DryRun      bool
	Force       bool   // of an apply: take fields over from other managers
	Subresource string // "" or "status"
	tracked     bool   // the object's managedFields are already right
}

// writeAttempts bounds how often a write without a resource version is tried
// again after others wrote in between.
const writeAttempts = 50

// Mutate is the one way to change an object: update, patch, apply and the
// status writes. change gets a copy of the current object and returns what it
// shall be. Without a resource version in it, the write is repeated when
// somebody else wrote in between. The result is to be read only.
func (s *Store) Mutate(r *resource.Resource, namespace, name string, opts WriteOptions, change func(current runtime.Object) (runtime.Object, error)) (runtime.Object, error) {
	for range writeAttempts {
		obj, err := s.tryMutate(r, namespace, name, opts, change)
		if !errors.Is(err, errRaced) {
			return obj, err
		}
	}
	return nil, apierrors.NewConflict(r.GroupResource(), name, errors.New("too many writers at once; please try again"))
}

// errRaced says that the object was written between read and write.
var errRaced = errors.New("object was written in between")

func (s *Store) tryMutate(r *resource.Resource, namespace, name string, opts WriteOptions, change func(current runtime.Object) (runtime.Object, error)) (runtime.Object, error) {
	current, err := s.Get(r, namespace, name)
	if err != nil {
		return nil, err
	}
	obj, err := change(current.DeepCopyObject())
	if err != nil {
		return nil, err
	}
	obj.GetObjectKind().SetGroupVersionKind(r.GVK())
	if err := checkPreconditions(r, resource.Accessor(obj), resource.Accessor(current)); err != nil {
		return nil, err
	}
	keepSystemFields(resource.Accessor(obj), resource.Accessor(current))
	if opts.Subresource == "status" {
		obj = withStatusOf(obj, current)
	} else {
		if r.HasStatus {
			copyStatus(obj, current)
		}
		if r.Defaults != nil {
			r.Defaults(obj)
		}
	}
	if err := s.admit(r, admissionv1.Update, obj, current, opts); err != nil {
		return nil, err
	}
	if err := r.Check(obj, current); err != nil {
		return nil, err
	}
	if opts.Subresource == "" && r.HasGeneration && !sameSpec(obj, current) {
		resource.Accessor(obj).SetGeneration(resource.Accessor(current).GetGeneration() + 1)
	}
	if opts.Manager != "" && !opts.tracked {
		manager, err := s.fields.For(r, opts.Subresource)
		if err != nil {
			return nil, err
		}
		obj = manager.UpdateNoErrors(current, obj, opts.Manager)
	}
	if sameContent(obj, current) {
		return current, nil
	}
	return s.replace(r, current, obj, opts)
}

// replace stores obj where current was, unless that has changed meanwhile.
func (s *Store) replace(r *resource.Resource, current, obj runtime.Object, opts WriteOptions) (runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, err
	}
	live, ok := c.objects[keyOf(current)]
	if !ok {
		return nil, apierrors.NewNotFound(r.GroupResource(), resource.Accessor(current).GetName())
	}
	if live != current {
		return nil, errRaced
	}
	switch {
	case opts.DryRun:
	case deletionComplete(obj):
		s.finish(c, obj, live)
	default:
		s.commit(c, watch.Modified, obj, live)
	}
	return obj, nil
}

func checkPreconditions(r *resource.Resource, object, current metav1.Object) error {
	if v := object.GetResourceVersion(); v != "" && v != current.GetResourceVersion() {
		return apierrors.NewConflict(r.GroupResource(), current.GetName(),
			errors.New("the object has been modified; please apply your changes to the latest version and try again"))
	}
	if uid := object.GetUID(); uid != "" && uid != current.GetUID() {
		return apierrors.NewConflict(r.GroupResource(), current.GetName(),
			fmt.Errorf("Precondition failed: UID in precondition: %v, UID in object meta: %v", uid, current.GetUID()))
	}
	return nil
}

// admit runs the admission hooks. Mutators see the object; what they change is
// defaulted again.
func (s *Store) admit(r *resource.Resource, operation admissionv1.Operation, obj, old runtime.Object, opts WriteOptions) error {
	if s.hooks.Empty() {
		return nil
	}
	req := &webhook.Request{
		Operation:   operation,
		Resource:    r.GVR,
		Subresource: opts.Subresource,
		Object:      obj,
		OldObject:   old,
		User:        opts.User,
		DryRun:      opts.DryRun,
	}
	subject := obj
	if subject == nil {
		subject = old
	}
	req.Namespace, req.Name = resource.Accessor(subject).GetNamespace(), resource.Accessor(subject).GetName()
	if obj != nil {
		if err := s.hooks.Mutate(req); err != nil {
			return err
		}
		if r.Defaults != nil && opts.Subresource == "" {
			r.Defaults(obj)
		}
	}
	return s.hooks.Validate(req)
}
