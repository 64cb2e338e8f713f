package kubeapi

import (
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// watchOptions are the parameters of a watch.
type watchOptions struct {
	namespace string
	selector  Selector
	version   string // resourceVersion to start after; "" or "0": from the current objects
	initial   bool   // send the current objects, then a bookmark that says so
}

// A watcher is an unbounded queue of the events of one resource, so that a slow
// reader never holds up a writer.
type watcher struct {
	store      *Store
	resource   *resource
	collection *collection
	namespace  string
	selector   Selector

	mu     sync.Mutex
	queue  []watch.Event
	ended  bool
	signal chan struct{} // holds a token when the queue may have grown or ended
}

// watch starts a watch. A version that the event log no longer reaches is an
// Expired error.
func (s *Store) watch(r *resource, opts watchOptions) (*watcher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, err
	}
	w := &watcher{
		store:      s,
		resource:   r,
		collection: c,
		namespace:  opts.namespace,
		selector:   opts.selector,
		signal:     make(chan struct{}, 1),
	}
	fromCurrent := opts.version == "" || opts.version == "0" || opts.initial
	if opts.version != "" {
		from, err := parseVersion(opts.version)
		if err != nil {
			return nil, err
		}
		if from > s.version {
			return nil, errFutureVersion(from, s.version)
		}
		if !fromCurrent {
			if !s.log.reaches(from) {
				return nil, errExpired(from, s.log.dropped)
			}
			for _, change := range s.log.since(from) {
				if change.collection == c {
					w.offer(change)
				}
			}
		}
	}
	if fromCurrent {
		for _, key := range keyRange(c.keys, opts.namespace, "") {
			if obj := c.objects[key]; opts.selector.matches(r, obj) {
				w.push(watch.Event{Type: watch.Added, Object: obj})
			}
		}
	}
	if opts.initial {
		bookmark, err := bookmarkAt(r, s.version)
		if err != nil {
			return nil, err
		}
		accessor(bookmark).SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
		w.push(watch.Event{Type: watch.Bookmark, Object: bookmark})
	}
	c.watchers[w] = struct{}{}
	return w, nil
}

// bookmarkAt is an otherwise empty object that carries a resource version.
func bookmarkAt(r *resource, version uint64) (runtime.Object, error) {
	obj, err := r.newObject()
	if err != nil {
		return nil, err
	}
	accessor(obj).SetResourceVersion(formatVersion(version))
	return obj, nil
}

// bookmark is an event that says up to where the reader of next has seen
// everything. It must be made before the queue is read.
func (w *watcher) bookmark() (watch.Event, error) {
	obj, err := bookmarkAt(w.resource, w.store.Version())
	return watch.Event{Type: watch.Bookmark, Object: obj}, err
}

// offer queues what a change means to this watcher. An object that begins to
// match is added to it, one that ceases to match is deleted.
func (w *watcher) offer(c change) {
	if w.namespace != "" && accessor(c.object).GetNamespace() != w.namespace {
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
		accessor(left).SetResourceVersion(formatVersion(c.version))
		w.push(watch.Event{Type: watch.Deleted, Object: left})
	}
}

func (w *watcher) push(e watch.Event) {
	w.mu.Lock()
	w.queue = append(w.queue, e)
	w.mu.Unlock()
	w.wake()
}

// ready tells that next has something to give.
func (w *watcher) ready() <-chan struct{} { return w.signal }

func (w *watcher) wake() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// next takes the queued events. It reports ended when there will be no more:
// the resource is no longer served.
func (w *watcher) next() (events []watch.Event, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events, w.queue = w.queue, nil
	return events, w.ended
}

// end tells the reader that there will be no more events.
func (w *watcher) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.wake()
}

// stop ends the store's interest in the watcher.
func (w *watcher) stop() {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	delete(w.collection.watchers, w)
}
