// Package storage is the versioned store of a cluster's objects: resource
// versions, an event log for watches, admission, field ownership, finalizers,
// owner references, namespace deletion. Controllers work on it through a
// [Client].
package storage

import (
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/clock"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/builtin"
	"podsg/sandbox/kubeapi/fieldmanager"
	"podsg/sandbox/kubeapi/resource"
	"podsg/sandbox/kubeapi/webhook"
)

// DefaultEventLog is how many changes a Store remembers when its Config does
// not say.
const DefaultEventLog = 2000

// Config configures a Store. The zero value is usable.
type Config struct {
	// Clock stamps objects and paces namespace deletion; the real clock if nil.
	Clock clock.Clock
	// EventLog is how many changes are remembered for watches that start at an
	// older resource version; beyond it they are told 410 Gone.
	EventLog int
}

// A Store is a versioned store of Kubernetes objects. It is safe for
// concurrent use. One counter gives every write its resource version.
//
// Objects that List and Watch hand out are shared and must not be modified.
type Store struct {
	clock clock.Clock

	mu          sync.RWMutex
	version     uint64
	log         eventLog
	collections map[schema.GroupResource]*collection
	aliases     map[schema.GroupResource]*resource.Resource
	identities  map[types.UID]*identity
	dependents  map[types.UID]map[types.UID]struct{} // owner → owned

	hooks  webhook.Hooks
	fields fieldmanager.Cache
}

// An identity is what the store knows of a live object beside its content.
type identity struct {
	collection *collection
	key        string
	created    time.Time
	deleted    time.Time // when its deletion was asked for; zero if it was not
}

// NewStore makes an empty store that serves the built-in resources. It has no
// object, not even the "default" namespace.
func NewStore(config Config) *Store {
	if config.Clock == nil {
		config.Clock = clock.RealClock{}
	}
	if config.EventLog <= 0 {
		config.EventLog = DefaultEventLog
	}
	s := &Store{
		clock:       config.Clock,
		version:     1,
		log:         eventLog{limit: config.EventLog},
		collections: map[schema.GroupResource]*collection{},
		aliases:     map[schema.GroupResource]*resource.Resource{},
		identities:  map[types.UID]*identity{},
		dependents:  map[types.UID]map[types.UID]struct{}{},
	}
	for _, r := range builtin.Resources() {
		if r.Alias != nil {
			s.aliases[r.GroupResource()] = r
			continue
		}
		s.collections[r.GroupResource()] = newCollection(r)
	}
	return s
}

// Clock is what stamps the objects.
func (s *Store) Clock() clock.Clock { return s.clock }

// AddMutator registers a mutating admission hook. Hooks run in the order in
// which they were added, outside the store's lock.
func (s *Store) AddMutator(m webhook.Mutator) { s.hooks.AddMutator(m) }

// AddValidator registers a validating admission hook.
func (s *Store) AddValidator(v webhook.Validator) { s.hooks.AddValidator(v) }

// Version is the resource version of the newest write.
func (s *Store) Version() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

// Created is when the live object with this UID was created, to the precision
// of the store's clock; metadata has whole seconds only.
func (s *Store) Created(uid types.UID) (time.Time, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, ok := s.identities[uid]
	if !ok {
		return time.Time{}, false
	}
	return id.created, true
}

// DeletionRequested is when the deletion of the live object with this UID was
// asked for, to the precision of the store's clock. It reports false when it
// was not.
func (s *Store) DeletionRequested(uid types.UID) (time.Time, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, ok := s.identities[uid]
	if !ok || id.deleted.IsZero() {
		return time.Time{}, false
	}
	return id.deleted, true
}

// Resources returns every served resource, aliases included.
func (s *Store) Resources() []*resource.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*resource.Resource, 0, len(s.collections)+len(s.aliases))
	for _, c := range s.collections {
		all = append(all, c.resource)
	}
	for _, r := range s.aliases {
		all = append(all, r)
	}
	return all
}

// Find returns the resource served as gr, or nil.
func (s *Store) Find(gr schema.GroupResource) *resource.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if r, ok := s.aliases[gr]; ok {
		return r
	}
	if c, ok := s.collections[gr]; ok {
		return c.resource
	}
	return nil
}

// locate returns the resource of a GroupVersionResource, or a NotFound error.
func (s *Store) locate(gvr schema.GroupVersionResource) (*resource.Resource, error) {
	r := s.Find(gvr.GroupResource())
	if r == nil || r.GVR != gvr {
		return nil, apierror.NoSuchResource()
	}
	return r, nil
}

// collectionOf returns the collection of a resource. The caller holds mu. A
// custom resource's collection is gone once its definition is deleted.
func (s *Store) collectionOf(r *resource.Resource) (*collection, error) {
	c, ok := s.collections[r.GroupResource()]
	if !ok || c.resource.GVR != r.GVR {
		return nil, apierror.NoSuchResource()
	}
	return c, nil
}

// Get returns a stored object, which the caller must not modify.
func (s *Store) Get(r *resource.Resource, namespace, name string) (runtime.Object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, err
	}
	obj, ok := c.objects[objectKey(namespace, name)]
	if !ok {
		return nil, apierrors.NewNotFound(r.GroupResource(), name)
	}
	return obj, nil
}

// commit gives obj the next resource version, stores or removes it, and tells
// the watchers. The caller holds mu and does not use obj afterwards except to
// read it.
func (s *Store) commit(c *collection, kind watch.EventType, obj, previous runtime.Object) {
	s.version++
	resource.Accessor(obj).SetResourceVersion(formatVersion(s.version))
	key := keyOf(obj)
	switch kind {
	case watch.Deleted:
		c.remove(key)
		s.forget(obj)
	case watch.Added:
		c.set(key, obj)
		s.identities[resource.Accessor(obj).GetUID()] = &identity{collection: c, key: key, created: s.clock.Now()}
		s.linkOwners(obj, true)
	default:
		c.set(key, obj)
		s.linkOwners(previous, false)
		s.linkOwners(obj, true)
	}
	entry := change{version: s.version, collection: c, key: key, kind: kind, object: obj, previous: previous}
	s.log.append(entry)
	for w := range c.watchers {
		w.offer(entry)
	}
	s.definitionChanged(c, kind, obj)
}

// forget drops what is known of an object that was removed.
func (s *Store) forget(obj runtime.Object) {
	delete(s.identities, resource.Accessor(obj).GetUID())
	s.linkOwners(obj, false)
}
