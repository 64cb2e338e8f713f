package rest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/resource"
	"podsg/sandbox/kubeapi/storage"
)

// minWatchTimeout is the shortest that a watch without a timeout of its own
// lasts; it is at most twice as long.
const minWatchTimeout = 30 * time.Minute

func (h *Handler) watch(w http.ResponseWriter, t *target) error {
	opts, err := t.listOptions()
	if err != nil {
		return err
	}
	selector, err := t.selector(opts)
	if err != nil {
		return err
	}
	watcher, watchErr := h.Store.Watch(t.stored, storage.WatchOptions{
		Namespace: t.ObjectNamespace(),
		Selector:  selector,
		Version:   opts.ResourceVersion,
		Initial:   ptr.Deref(opts.SendInitialEvents, false),
	})
	if watchErr != nil && !apierrors.IsResourceExpired(watchErr) && !apierrors.IsTimeout(watchErr) {
		return watchErr
	}
	w.Header().Set("Content-Type", "application/json;stream=watch")
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(http.StatusOK)
	stream := &watchStream{handler: h, target: t, w: w, encoder: json.NewEncoder(w), headers: true, bookmarks: opts.AllowWatchBookmarks}
	if watchErr != nil {
		// Once a watch is accepted, what is wrong comes as an event.
		status := apierror.StatusOf(watchErr)
		stream.encode(watch.Error, &status)
		stream.flush()
		return nil
	}
	defer watcher.Stop()
	stream.run(watcher, watchTimeout(opts.TimeoutSeconds))
	return nil
}

// watchTimeout is how long a watch lasts, by the seconds that the client asked
// for.
func watchTimeout(seconds *int64) time.Duration {
	if asked := ptr.Deref(seconds, 0); asked != 0 {
		return time.Duration(asked) * time.Second
	}
	return minWatchTimeout + rand.N(minWatchTimeout)
}

// A watchStream writes the events of one watch to its client.
type watchStream struct {
	handler *Handler
	target  *target
	w       http.ResponseWriter
	encoder *json.Encoder

	bookmarks bool // the client wants to know how far it has seen everything
	headers   bool // the next table needs its column definitions
	broken    bool // the client has gone
}

// run writes events until the timeout, the client's end or the resource's.
// Time limits of a connection are real time, whatever the world's clock says.
func (ws *watchStream) run(watcher *storage.Watcher, timeout time.Duration) {
	ctx := ws.target.HTTP.Context()
	end := time.NewTimer(timeout)
	defer end.Stop()
	bookmarks := time.NewTicker(ws.handler.BookmarkInterval)
	defer bookmarks.Stop()
	ws.flush()
	for {
		select {
		case <-ctx.Done():
			return
		case <-end.C:
			return
		case <-watcher.Ready():
			if ended := ws.drain(watcher); ended || ws.broken {
				return
			}
		case <-bookmarks.C:
			if !ws.bookmarks {
				continue
			}
			bookmark, err := watcher.Bookmark()
			if err != nil {
				return
			}
			ended := ws.drain(watcher) // everything up to the bookmark goes first
			ws.encode(watch.Bookmark, bookmark.Object)
			ws.flush()
			if ended || ws.broken {
				return
			}
		}
	}
}

// drain writes the queued events. It reports whether there will be no more.
func (ws *watchStream) drain(watcher *storage.Watcher) (ended bool) {
	events, ended := watcher.Next()
	for _, e := range events {
		ws.encode(e.Type, e.Object)
	}
	ws.flush()
	return ended
}

func (ws *watchStream) encode(kind watch.EventType, obj runtime.Object) {
	if ws.broken {
		return
	}
	shown, err := ws.shown(kind, obj)
	if err == nil {
		err = ws.encoder.Encode(struct {
			Type   watch.EventType `json:"type"`
			Object any             `json:"object"`
		}{kind, shown})
	}
	ws.broken = err != nil
}

// shown is the event's object in the form that the client asked for.
func (ws *watchStream) shown(kind watch.EventType, obj runtime.Object) (any, error) {
	if kind == watch.Error {
		return obj, nil
	}
	form := ws.target.Form()
	switch {
	case form == request.FormTable && kind == watch.Bookmark:
		list := metav1.ListMeta{ResourceVersion: resource.Accessor(obj).GetResourceVersion()}
		return ws.target.stored.Table(nil, list, ws.handler.Store.Clock().Now(), metav1.IncludeNone, false)
	case form == request.FormTable:
		headers := ws.headers
		ws.headers = false
		list := metav1.ListMeta{ResourceVersion: resource.Accessor(obj).GetResourceVersion()}
		return ws.target.stored.Table([]runtime.Object{obj}, list, ws.handler.Store.Clock().Now(), ws.target.IncludeObject(), headers)
	case form == request.FormMetadata:
		return resource.MetadataOnly(obj), nil
	}
	return ws.target.served.Present(obj), nil
}

func (ws *watchStream) flush() {
	if f, ok := ws.w.(http.Flusher); ok && !ws.broken {
		f.Flush()
	}
}
