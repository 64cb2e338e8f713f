package storage

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/resource"
)

// An Object is a Kubernetes object with metadata: a pointer to a type of
// k8s.io/api, or *unstructured.Unstructured for custom resources.
type Object interface {
	runtime.Object
	metav1.Object
}

// A Client is a simulated controller's access to the objects of one resource.
// It goes through admission, validation and field tracking as a request does,
// but not through authentication, authorization, faults or the call log.
//
//	pods := NewClient[*corev1.Pod](store, gvr.Pods, "kubelet")
//	policies := NewClient[*unstructured.Unstructured](store, gvr.SecurityGroupPolicies, "vpc-resource-controller")
//
// Objects that List and Watch return are shared with the store and must not be
// modified; Get and the writes return copies.
type Client[T Object] struct {
	store   *Store
	gvr     schema.GroupVersionResource
	manager string
	user    access.User
}

// NewClient makes a client that writes as the field manager named. An empty
// manager leaves fields untracked, which is quicker for seeding thousands of
// objects. T must be what the resource's objects are.
func NewClient[T Object](store *Store, gvr schema.GroupVersionResource, manager string) *Client[T] {
	return &Client[T]{
		store:   store,
		gvr:     gvr,
		manager: manager,
		user:    access.SystemUser(manager),
	}
}

// As returns a client whose writes admission sees as another user's.
func (c *Client[T]) As(user access.User) *Client[T] {
	other := *c
	other.user = user
	return &other
}

// Get returns a copy of an object. The namespace of a cluster-wide resource
// is "".
func (c *Client[T]) Get(namespace, name string) (T, error) {
	var none T
	r, err := c.store.locate(c.gvr)
	if err != nil {
		return none, err
	}
	obj, err := c.store.Get(r, namespace, name)
	if err != nil {
		return none, err
	}
	return c.typedCopy(obj)
}

// List returns the objects of a namespace ("" is all) that match, ordered by
// namespace and name. They must not be modified.
func (c *Client[T]) List(namespace string, selector Selector) ([]T, error) {
	r, err := c.store.locate(c.gvr)
	if err != nil {
		return nil, err
	}
	page, err := c.store.List(r, ListOptions{Namespace: namespace, Selector: selector})
	if err != nil {
		return nil, err
	}
	items := make([]T, 0, len(page.Items))
	for _, obj := range page.Items {
		item, err := c.typed(obj)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// Create stores a new object in the namespace that its metadata names. As in
// the real API, a status is not taken over from it.
func (c *Client[T]) Create(obj T) (T, error) {
	return c.write(func(r *resource.Resource, opts WriteOptions) (runtime.Object, error) {
		return c.store.Create(r, obj.GetNamespace(), obj, opts)
	})
}

// Apply makes or changes an object as a server-side apply does that takes fields
// over from other managers. The status does not count.
func (c *Client[T]) Apply(obj T) (T, error) {
	return c.write(func(r *resource.Resource, opts WriteOptions) (runtime.Object, error) {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
		if err != nil {
			return nil, fmt.Errorf("apply %s %q: %w", r.GroupResource(), obj.GetName(), err)
		}
		delete(content, "status")
		patch := &unstructured.Unstructured{Object: content}
		patch.SetGroupVersionKind(r.GVK())
		opts.Force = true
		applied, _, err := c.store.Apply(r, obj.GetNamespace(), obj.GetName(), patch, opts)
		return applied, err
	})
}

// Update replaces an object but for its status. With a resource version it
// fails with a conflict when the object has changed since.
func (c *Client[T]) Update(obj T) (T, error) {
	return c.write(func(r *resource.Resource, opts WriteOptions) (runtime.Object, error) {
		return c.store.Mutate(r, obj.GetNamespace(), obj.GetName(), opts, ReplaceBy(obj))
	})
}

// UpdateStatus replaces an object's status.
func (c *Client[T]) UpdateStatus(obj T) (T, error) {
	return c.write(func(r *resource.Resource, opts WriteOptions) (runtime.Object, error) {
		opts.Subresource = "status"
		return c.store.Mutate(r, obj.GetNamespace(), obj.GetName(), opts, ReplaceBy(obj))
	})
}

// Mutate changes an object but for its status: change gets a copy of the
// current object, and is called again when somebody wrote in between. A change
// that changes nothing is not written.
func (c *Client[T]) Mutate(namespace, name string, change func(obj T) error) (T, error) {
	return c.mutate(namespace, name, "", change)
}

// MutateStatus changes an object's status, as Mutate does the rest.
func (c *Client[T]) MutateStatus(namespace, name string, change func(obj T) error) (T, error) {
	return c.mutate(namespace, name, "status", change)
}

// Delete deletes an object: at once, or by marking it when a finalizer or a
// pod's grace period holds it. The kubelet ends a pod with a grace period of
// zero seconds.
func (c *Client[T]) Delete(namespace, name string, opts metav1.DeleteOptions) error {
	r, err := c.store.locate(c.gvr)
	if err != nil {
		return err
	}
	_, _, err = c.store.Delete(r, namespace, name, opts, c.user)
	return err
}

// An Event is one change that a Watch delivers. Object must not be modified.
type Event[T Object] struct {
	Type   watch.EventType // Added, Modified or Deleted
	Object T
}

// Watch delivers the current objects as Added, then every change, until ctx
// ends or the resource is no longer served; then the channel is closed. Events
// queue without limit while nobody receives.
func (c *Client[T]) Watch(ctx context.Context, namespace string, selector Selector) (<-chan Event[T], error) {
	r, err := c.store.locate(c.gvr)
	if err != nil {
		return nil, err
	}
	w, err := c.store.Watch(r, WatchOptions{Namespace: namespace, Selector: selector})
	if err != nil {
		return nil, err
	}
	out := make(chan Event[T])
	go func() {
		defer close(out)
		defer w.Stop()
		for {
			events, ended := w.Next()
			for _, e := range events {
				obj, err := c.typed(e.Object)
				if err != nil {
					return
				}
				select {
				case out <- Event[T]{Type: e.Type, Object: obj}:
				case <-ctx.Done():
					return
				}
			}
			if ended {
				return
			}
			select {
			case <-w.Ready():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

func (c *Client[T]) mutate(namespace, name, subresource string, change func(obj T) error) (T, error) {
	return c.write(func(r *resource.Resource, opts WriteOptions) (runtime.Object, error) {
		opts.Subresource = subresource
		return c.store.Mutate(r, namespace, name, opts, func(current runtime.Object) (runtime.Object, error) {
			obj, err := c.typed(current)
			if err != nil {
				return nil, err
			}
			if err := change(obj); err != nil {
				return nil, err
			}
			return obj, nil
		})
	})
}

func (c *Client[T]) write(do func(r *resource.Resource, opts WriteOptions) (runtime.Object, error)) (T, error) {
	var none T
	r, err := c.store.locate(c.gvr)
	if err != nil {
		return none, err
	}
	obj, err := do(r, WriteOptions{Manager: c.manager, User: c.user})
	if err != nil {
		return none, err
	}
	return c.typedCopy(obj)
}

func (c *Client[T]) typedCopy(obj runtime.Object) (T, error) {
	return c.typed(obj.DeepCopyObject())
}

func (c *Client[T]) typed(obj runtime.Object) (T, error) {
	typed, ok := obj.(T)
	if !ok {
		return typed, fmt.Errorf("read %s: objects are %T, not %T", c.gvr.GroupResource(), obj, typed)
	}
	return typed, nil
}

// ReplaceBy is the change that puts obj in the place of whatever is there.
func ReplaceBy(obj runtime.Object) func(runtime.Object) (runtime.Object, error) {
	return func(runtime.Object) (runtime.Object, error) { return obj.DeepCopyObject(), nil }
}
