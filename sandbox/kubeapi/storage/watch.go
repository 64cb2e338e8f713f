package storage

import (
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/resource"
)

// WatchOptions are the parameters of a watch.
type WatchOptions struct {
	Namespace string
	Selector  Selector
	Version   string // resourceVersion to start after; "" or "0": from the current objects
	Initial   bool   // send the current objects, then a bookmark that says so
}

// A Watcher is an unbounded queue of the events of one resource, so that a slow
// reader never holds up a writer.
type Watcher struct {
	store      *Store
	resource   *resource.Resource
	collection *collection
	namespace  string
	selector   Selector

	mu     sync.Mutex
	queue  []watch.Event
	ended  bool
	signal chan struct{} // holds a token when the queue may have grown or ended
}

// Watch starts a watch. A version that the event log no longer reaches is an
// Expired error.
func (s *Store) Watch(r *resource.Resource, opts WatchOptions) (*Watcher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, err
	}
	w := &Watcher{
		store:      s,
		resource:   r,
		collection: c,
		namespace:  opts.Namespace,
		selector:   opts.Selector,
		signal:     make(chan struct{}, 1),
	}
	fromCurrent := opts.Version == "" || opts.Version == "0" || opts.Initial
	if opts.Version != "" {
		from, err := parseVersion(opts.Version)
		if err != nil {
			return nil, err
		}
		if from > s.version {
			return nil, apierror.FutureVersion(from, s.version)
		}
		if !fromCurrent {
			if !s.log.reaches(from) {
				return nil, apierror.Expired(from, s.log.dropped)
			}
			for _, change := range s.log.since(from) {
				if change.collection == c {
					w.offer(change)
				}
			}
		}
	}
	if fromCurrent {
		for _, key := range keyRange(c.keys, opts.Namespace, "") {
			if obj := c.objects[key]; opts.Selector.matches(r, obj) {
				w.push(watch.Event{Type: watch.Added, Object: obj})
			}
		}
	}
	if opts.Initial {
		bookmark, err := bookmarkAt(r, s.version)
		if err != nil {
			return nil, err
		}
		resource.Accessor(bookmark).SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
		w.push(watch.Event{Type: watch.Bookmark, Object: bookmark})
	}
	c.watchers[w] = struct{}{}
	return w, nil
}

// bookmarkAt is an otherwise empty object that carries a resource version.
func bookmarkAt(r *resource.Resource, version uint64) (runtime.Object, error) {
	obj, err := r.NewObject()
	if err != nil {
		return nil, err
	}
	resource.Accessor(obj).SetResourceVersion(formatVersion(version))
	return obj, nil
}

// Bookmark is an event that says up to where the reader of next has seen
// everything. It must be made before the queue is read.
func (w *Watcher) Bookmark() (watch.Event, error) {
	obj, err := bookmarkAt(w.resource, w.store.Version())
	return watch.Event{Type: watch.Bookmark, Object: obj}, err
}

// offer queues what a change means to this watcher. An object that begins to
// match is added to it, one that ceases to match is deleted.
func (w *Watcher) offer(c change) {
	if w.namespace != "" && resource.Accessor(c.object).GetNamespace() != w.namespace {
		return
	}
	r := w.resource
	matched := w.selector.matches(r, c.previous)
	matches := c.kind != watch.Deleted && w.selector.matches(r, c.object)
	switch {
	case matches && matched:
		w.push(watch.Event{Type: watch.Modified, Object: c.object})
	case matches:
		w.push(watch.Event{Type: watch.Added, Object: c.object})
	case matched && c.kind == watch.Deleted:
		w.push(watch.Event{Type: watch.Deleted, Object: c.object})
	case matched:
		left := c.previous.DeepCopyObject()
		resource.Accessor(left).SetResourceVersion(formatVersion(c.version))
		w.push(watch.Event{Type: watch.Deleted, Object: left})
	}
}

func (w *Watcher) push(e watch.Event) {
	w.mu.Lock()
	w.queue = append(w.queue, e)
	w.mu.Unlock()
	w.wake()
}

// Ready tells that next has something to give.
func (w *Watcher) Ready() <-chan struct{} { return w.signal }

func (w *Watcher) wake() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// Next takes the queued events. It reports ended when there will be no more:
// the resource is no longer served.
func (w *Watcher) Next() (events []watch.Event, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events, w.queue = w.queue, nil
	return events, w.ended
}

// end tells the reader that there will be no more events.
func (w *Watcher) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.wake()
}

// Stop ends the store's interest in the watcher.
func (w *Watcher) Stop() {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	delete(w.collection.watchers, w)
}
