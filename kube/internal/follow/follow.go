// Package follow keeps a reduced copy of Kubernetes objects current. It lists
// in pages and then watches, and lists again when the server no longer has the
// history; it never holds more than a page of whole objects, so that a copy of
// fifty thousand pods costs no more than the fields that are kept of each.
//
// It is built on client-go's RetryWatcher and not on its Reflector, which
// informers are made of: that collects whole objects before it gives any. The
// process with 5,000 nodes and 50,000 pods of docs/benchmarks.md takes 887 MB
// with a Reflector instead of 209 where the API server does not stream lists
// (before Kubernetes 1.34); where it does, a Reflector takes 208 and an informer
// with a transform 222, but no object comes before all have, and a connection
// that breaks makes it list everything again. The pager of client-go holds ten
// pages at a time, and all of the list once it has become too old.
package follow

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	watchtools "k8s.io/client-go/tools/watch"
	"k8s.io/utils/clock"
)

// PageSize is how many objects one answer to a list holds.
const PageSize = 500

// retryAfter is the pause before a failed list is tried again.
const retryAfter = time.Second

// Object is what a source lists: a pointer to a type of k8s.io/api, or
// *unstructured.Unstructured.
type Object interface {
	runtime.Object
	metav1.Object
}

// Sink receives what happens to the objects that are followed. Its methods are
// called one after the other, but for Trouble, which may be called at any time.
type Sink[V any] interface {
	// Set gives the newest state of an object.
	Set(key string, value V)
	// Delete says that an object is gone, or no longer of interest.
	Delete(key string)
	// Synced says that every object there was has been given. It is called
	// again after each new list.
	Synced()
	// Trouble says that the server cannot be asked at the moment; it is tried
	// again by itself. Nil says that it can be asked again, as Synced does.
	Trouble(err error)
}

// Reduce keeps what is needed of an object. The value must not refer to the
// object's own memory; false means that the object is of no interest.
type Reduce[T Object, V any] func(object T) (value V, keep bool)

// A Follower gives a sink the objects of a source.
type Follower[T Object, V any] struct {
	source Source
	reduce Reduce[T, V]
	sink   Sink[V]
	known  map[string]struct{} // keys that the sink has
	synced bool                // they have all been given once
	down   atomic.Bool         // a watch could not be opened
}

// New makes a follower, which [Follower.Run] sets to work.
func New[T Object, V any](source Source, reduce Reduce[T, V], sink Sink[V]) *Follower[T, V] {
	return &Follower[T, V]{source: source, reduce: reduce, sink: sink, known: map[string]struct{}{}}
}

// Run follows objects until ctx ends, and then returns nil, or until the server
// refuses: no permission, no such resource, or wrong credentials. Those are
// asked for twice, as a session may just have been renewed. It may be called
// again; what is gone by then is taken back.
func (f *Follower[T, V]) Run(ctx context.Context, clk clock.Clock) error {
	unknown := false // whether the last try ended with credentials that were not known
	for {
		version, err := f.list(ctx)
		if err == nil {
			unknown, f.synced = false, true
			f.sink.Synced()
			err = f.watch(ctx, version)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil: // the history was lost: list again at once
			continue
		case Refused(err), unknown && apierrors.IsUnauthorized(err):
			return err
		}
		unknown = apierrors.IsUnauthorized(err)
		f.sink.Trouble(err)
		select {
		case <-ctx.Done():
			return nil
		case <-clk.After(retryAfter):
		}
	}
}

// Synced reports whether every object there was has been given once.
func (f *Follower[T, V]) Synced() bool { return f.synced }

// Forget takes back every object.
func (f *Follower[T, V]) Forget() {
	for key := range f.known {
		f.delete(key)
	}
}

// Refused reports whether an error does not go away by itself. Wrong credentials
// may: people log in again.
func Refused(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) || apierrors.IsBadRequest(err)
}

func (f *Follower[T, V]) options() metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: f.source.Labels, FieldSelector: f.source.Fields}
}

// list gives the sink every object, and takes back those that are gone.
func (f *Follower[T, V]) list(ctx context.Context) (version string, err error) {
	stale := f.known
	f.known = make(map[string]struct{}, len(stale))
	defer func() { // a list that failed half-way takes nothing back
		if err != nil {
			for key := range stale {
				f.known[key] = struct{}{}
			}
		}
	}()
	version, err = Pages(ctx, f.source, func(object T) error {
		f.set(object)
		return nil
	})
	if err != nil {
		return "", err
	}
	for key := range stale {
		if _, there := f.known[key]; !there {
			f.sink.Delete(key)
		}
	}
	return version, nil
}

// Pages calls visit with every object of a source, page by page, and returns
// the resource version that the list began with. A list that becomes too old
// while it is read begins again, once; if that one does too, it goes on with
// what is there by then, as the server offers. What happened since the version
// tells the rest. visit may see an object twice; [Key] tells.
func Pages[T Object](ctx context.Context, source Source, visit func(object T) error) (version string, err error) {
	options := metav1.ListOptions{LabelSelector: source.Labels, FieldSelector: source.Fields, Limit: PageSize}
	restarted := false
	for {
		page, err := source.List(ctx, options)
		if apierrors.IsResourceExpired(err) && options.Continue != "" && !restarted {
			restarted, options.Continue = true, ""
			continue
		}
		if next := offered(err); next != "" && next != options.Continue {
			options.Continue = next
			continue
		}
		if err != nil {
			return "", err
		}
		err = meta.EachListItem(page, func(item runtime.Object) error {
			object, ok := item.(T)
			if !ok {
				return fmt.Errorf("list holds a %T", item)
			}
			return visit(object)
		})
		if err != nil {
			return "", err
		}
		list, err := meta.ListAccessor(page)
		if err != nil {
			return "", err
		}
		if options.Continue == "" {
			version = list.GetResourceVersion()
		}
		if options.Continue = list.GetContinue(); options.Continue == "" {
			return version, nil
		}
	}
}

// offered is the token with which a list that has become too old can go on,
// inconsistent with what was read before.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
func offered(err error) string {
	if status, ok := err.(apierrors.APIStatus); ok && apierrors.IsResourceExpired(err) {
		return status.Status().Continue
	}
	return ""
}

// watch gives the sink every change after a version. It returns nil when the
// server no longer has the history of changes.
func (f *Follower[T, V]) watch(ctx context.Context, version string) error {
	watcher, err := watchtools.NewRetryWatcherWithContext(ctx, version, retrying{f})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		switch event.Type {
		case watch.Error:
			err := apierrors.FromObject(event.Object)
			if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
				return nil
			}
			return err
		case watch.Added, watch.Modified:
			if object, ok := event.Object.(T); ok {
				f.set(object)
			}
		case watch.Deleted:
			if object, ok := event.Object.(T); ok {
				f.delete(Key(object))
			}
		}
	}
	return ctx.Err()
}

func (f *Follower[T, V]) set(object T) {
	k := Key(object)
	value, keep := f.reduce(object)
	if !keep {
		f.delete(k)
		return
	}
	f.known[k] = struct{}{}
	f.sink.Set(k, value)
}

func (f *Follower[T, V]) delete(key string) {
	if _, there := f.known[key]; there {
		delete(f.known, key)
		f.sink.Delete(key)
	}
}

// Key names an object: NAMESPACE/NAME, or NAME when it has no namespace.
func Key(object metav1.Object) string {
	if object.GetNamespace() == "" {
		return object.GetName()
	}
	return object.GetNamespace() + "/" + object.GetName()
}

// retrying is the source of client-go's RetryWatcher.
type retrying struct {
	f interface {
		options() metav1.ListOptions
		open(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
	}
}

// WatchWithContext implements cache.WatcherWithContext.
func (r retrying) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	chosen := r.f.options()
	options.LabelSelector, options.FieldSelector = chosen.LabelSelector, chosen.FieldSelector
	return r.f.open(ctx, options)
}

// open starts a watch. The RetryWatcher tries again by itself, without a word,
// when that fails: the sink is told. And it would ask for ever with a version
// that is too old when the server says so by status code rather than by an
// event; it gets the event.
func (f *Follower[T, V]) open(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	w, err := f.source.Watch(ctx, options)
	if status, ok := err.(apierrors.APIStatus); ok && (apierrors.IsResourceExpired(err) || apierrors.IsGone(err)) {
		body := status.Status()
		events := make(chan watch.Event, 1)
		events <- watch.Event{Type: watch.Error, Object: &body}
		return watch.NewProxyWatcher(events), nil
	}
	switch {
	case ctx.Err() != nil:
	case err == nil && f.down.CompareAndSwap(true, false):
		f.sink.Trouble(nil)
	case err != nil && !Refused(err):
		f.down.Store(true)
		f.sink.Trouble(err)
	}
	return w, err
}
