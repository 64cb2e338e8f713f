package component

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/storage"
)

// A Kind is one resource as the controllers see it: reads come from a copy that
// the store's watch keeps up to date, writes go to the store and show in the
// copy at once, so that a controller never acts on a world without its own last
// step.
//
// Objects that reads return are shared and must not be modified.
type Kind[T storage.Object] struct {
	base    *Base
	store   *storage.Store
	gvr     schema.GroupVersionResource
	indexes map[string]func(T) []string

	mu       sync.RWMutex
	objects  map[string]T
	indexed  map[string]map[string]map[string]T // index → value → key → object
	dropped  map[types.UID]struct{}             // removed here before the watch said so
	told     uint64                             // the newest version that the watch told of
	handlers []func(obj T, deleted bool)
}

// The indexes that some kinds keep.
const (
	byNamespace = "namespace"
	ByNode      = "node"
	ByOwner     = "owner"
)

func newKind[T storage.Object](b *Base, gvr schema.GroupVersionResource, indexes map[string]func(T) []string) *Kind[T] {
	all := map[string]func(T) []string{byNamespace: func(o T) []string { return []string{o.GetNamespace()} }}
	for name, f := range indexes {
		all[name] = f
	}
	k := &Kind[T]{
		base:    b,
		store:   b.Store,
		gvr:     gvr,
		indexes: all,
		dropped: map[types.UID]struct{}{},
	}
	k.clear()
	return k
}

// ownerIndex finds what a controller owns by the owner's UID.
func ownerIndex[T storage.Object](o T) []string {
	if owner := metav1.GetControllerOf(o); owner != nil {
		return []string{string(owner.UID)}
	}
	return nil
}

// Key names an object: namespace/name, or its name alone.
func Key(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// KeyOf is the key of an object.
func KeyOf(o metav1.Object) string { return Key(o.GetNamespace(), o.GetName()) }

// OnChange registers a function that is called after every change, with the
// object's new (or, for a deletion, last) state. It must not block.
func (k *Kind[T]) OnChange(f func(obj T, deleted bool)) { k.handlers = append(k.handlers, f) }

// follow keeps the copy up to date until ctx ends. While a custom resource is
// not served, the copy is empty.
func (k *Kind[T]) follow(ctx context.Context) {
	k.base.Spawn(func() {
		for ctx.Err() == nil {
			events, err := k.client(Actor{}).Watch(ctx, "", storage.Selector{})
			if err == nil {
				for e := range events {
					k.hear(e.Object, e.Type == watch.Deleted)
					for _, f := range k.handlers {
						f(e.Object, e.Type == watch.Deleted)
					}
				}
				k.clear()
			}
			k.base.Pause(ctx, retryInterval)
		}
	})
}

// Refresh takes what the store has into the copy, before the watch tells of it.
func (k *Kind[T]) Refresh() {
	stored, err := k.client(Actor{}).List("", storage.Selector{})
	if err != nil {
		return
	}
	for _, o := range stored {
		k.observe(o)
	}
}

func (k *Kind[T]) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.objects = map[string]T{}
	k.indexed = map[string]map[string]map[string]T{}
	for name := range k.indexes {
		k.indexed[name] = map[string]map[string]T{}
	}
}

// hear takes what the watch tells into the copy.
func (k *Kind[T]) hear(obj T, deleted bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = max(k.told, version(obj))
	k.take(obj, deleted)
}

// observe takes what came from the store by another way than the watch into the
// copy. What the watch has got past is not news: it told of this state before,
// and perhaps of the object's end since.
func (k *Kind[T]) observe(obj T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if version(obj) > k.told {
		k.take(obj, false)
	}
}

// take puts a state of an object into the copy unless a newer one is in it. The
// caller holds mu.
func (k *Kind[T]) take(obj T, deleted bool) {
	id := KeyOf(obj)
	if _, gone := k.dropped[obj.GetUID()]; gone {
		if deleted {
			delete(k.dropped, obj.GetUID())
		}
		return
	}
	old, known := k.objects[id]
	if known && old.GetUID() == obj.GetUID() && version(old) > version(obj) {
		return
	}
	if deleted {
		if known && old.GetUID() == obj.GetUID() {
			k.unlink(id, old)
		}
		return
	}
	if known {
		k.unlink(id, old)
	}
	k.objects[id] = obj
	for name, values := range k.indexes {
		for _, v := range values(obj) {
			entries := k.indexed[name][v]
			if entries == nil {
				entries = map[string]T{}
				k.indexed[name][v] = entries
			}
			entries[id] = obj
		}
	}
}

// unlink takes an object out of the copy. The caller holds mu.
func (k *Kind[T]) unlink(id string, old T) {
	delete(k.objects, id)
	for name, values := range k.indexes {
		for _, v := range values(old) {
			delete(k.indexed[name][v], id)
			if len(k.indexed[name][v]) == 0 {
				delete(k.indexed[name], v)
			}
		}
	}
}

func version(o metav1.Object) uint64 {
	v, _ := strconv.ParseUint(o.GetResourceVersion(), 10, 64)
	return v
}

// Get is an object, if it is there.
func (k *Kind[T]) Get(namespace, name string) (T, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	obj, ok := k.objects[Key(namespace, name)]
	return obj, ok
}

// All returns every object, ordered by namespace and name.
func (k *Kind[T]) All() []T {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return ordered(k.objects)
}

// List returns the objects that an index has under a value, ordered by
// namespace and name.
func (k *Kind[T]) List(index, value string) []T {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return ordered(k.indexed[index][value])
}

// InNamespace returns the objects of a namespace, ordered by name.
func (k *Kind[T]) InNamespace(name string) []T { return k.List(byNamespace, name) }

func ordered[T any](m map[string]T) []T {
	out := make([]T, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[id])
	}
	return out
}

func (k *Kind[T]) client(a Actor) *storage.Client[T] {
	return storage.NewClient[T](k.store, k.gvr, a.Manager).As(a.User)
}

// Create makes an object.
func (k *Kind[T]) Create(a Actor, obj T) (T, error) {
	create := k.client(a).Create
	if a.Applies {
		create = k.client(a).Apply
	}
	created, err := create(obj)
	if err == nil {
		k.observe(created)
	}
	return created, err
}

// Mutate changes an object but for its status.
func (k *Kind[T]) Mutate(a Actor, namespace, name string, change func(T) error) (T, error) {
	return k.written(k.client(a).Mutate(namespace, name, change))
}

// MutateStatus changes an object's status. The ownership of status fields is not
// tracked: it would double the cost of what controllers write most.
func (k *Kind[T]) MutateStatus(a Actor, namespace, name string, change func(T) error) (T, error) {
	a.Manager = ""
	return k.written(k.client(a).MutateStatus(namespace, name, change))
}

func (k *Kind[T]) written(obj T, err error) (T, error) {
	if err == nil {
		k.observe(obj)
	}
	return obj, err
}

// Remove deletes an object. That it is gone already is no error.
func (k *Kind[T]) Remove(a Actor, obj T, opts metav1.DeleteOptions) error {
	uid := obj.GetUID()
	opts.Preconditions = &metav1.Preconditions{UID: &uid}
	client := k.client(a)
	err := client.Delete(obj.GetNamespace(), obj.GetName(), opts)
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return err
	}
	left, err := client.Get(obj.GetNamespace(), obj.GetName())
	switch {
	case err == nil && left.GetUID() == uid:
		k.observe(left)
	default:
		k.Drop(obj)
	}
	return nil
}

// Drop takes an object out of the copy before the watch tells of its end.
func (k *Kind[T]) Drop(obj T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	old, ok := k.objects[KeyOf(obj)]
	if !ok || old.GetUID() != obj.GetUID() {
		return
	}
	k.unlink(KeyOf(obj), old)
	k.dropped[obj.GetUID()] = struct{}{}
}

// InStep says that the copy has what the store has.
func (k *Kind[T]) InStep() bool {
	stored, err := k.client(Actor{}).List("", storage.Selector{})
	if err != nil {
		return true // it is not served
	}
	if len(stored) != len(k.All()) {
		return false
	}
	for _, o := range stored {
		if seen, ok := k.Get(o.GetNamespace(), o.GetName()); !ok || version(seen) < version(o) {
			return false
		}
	}
	return true
}

// SplitKey is the opposite of key.
func SplitKey(id string) (namespace, name string) {
	namespace, name, ok := strings.Cut(id, "/")
	if !ok {
		return "", id
	}
	return namespace, name
}
