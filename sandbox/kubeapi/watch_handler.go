package kubeapi

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/watch"
)

// minWatchTimeout is the shortest that a watch without a timeout of its own
// lasts; it is at most twice as long.
const minWatchTimeout = 30 * time.Minute

func (h *Handler) watch(w http.ResponseWriter, t *target) error {
	listed, err := t.listOptions()
	if err != nil {
		return err
	}
	opts := watchOptions{
		namespace: listed.namespace,
		selector:  listed.selector,
		version:   listed.version,
		initial:   t.flag("sendInitialEvents"),
	}
	if err := checkInitialEvents(t.request, listed.match); err != nil {
		return err
	}
	timeout, err := watchTimeout(t.query.Get("timeoutSeconds"))
	if err != nil {
		return err
	}
	watcher, watchErr := h.Store.watch(t.stored, opts)
	if watchErr != nil && !apierrors.IsResourceExpired(watchErr) && !apierrors.IsTimeout(watchErr) {
		return watchErr
	}
	w.Header().Set("Content-Type", "application/json;stream=watch")
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(http.StatusOK)
	stream := &watchStream{handler: h, target: t, w: w, encoder: json.NewEncoder(w), headers: true}
	if watchErr != nil {
		// Once a watch is accepted, what is wrong comes as an event.
		status := statusOf(watchErr)
		stream.encode(watch.Error, &status)
		stream.flush()
		return nil
	}
	defer watcher.stop()
	stream.run(watcher, timeout)
	return nil
}

// checkInitialEvents wants what the real server wants of sendInitialEvents.
func checkInitialEvents(req *request, match metav1.ResourceVersionMatch) error {
	at := field.NewPath("resourceVersionMatch")
	var problem *field.Error
	switch {
	case req.query.Has("sendInitialEvents") && match != metav1.ResourceVersionMatchNotOlderThan:
		problem = field.Forbidden(at, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
	case !req.query.Has("sendInitialEvents") && match != "":
		problem = field.Forbidden(at, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
	default:
		return nil
	}
	return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", field.ErrorList{problem})
}

func watchTimeout(text string) (time.Duration, error) {
	if text == "" || text == "0" {
		return minWatchTimeout + rand.N(minWatchTimeout), nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 {
		return 0, apierrors.NewBadRequest("timeoutSeconds " + strconv.Quote(text) + " is not a number of seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}

// A watchStream writes the events of one watch to its client.
type watchStream struct {
	handler *Handler
	target  *target
	w       http.ResponseWriter
	encoder *json.Encoder
	headers bool // the next table needs its column definitions
	broken  bool // the client has gone
}

// run writes events until the timeout, the client's end or the resource's.
// Time limits of a connection are real time, whatever the world's clock says.
func (ws *watchStream) run(watcher *watcher, timeout time.Duration) {
	ctx := ws.target.http.Context()
	end := time.NewTimer(timeout)
	defer end.Stop()
	bookmarks := time.NewTicker(ws.handler.BookmarkInterval)
	defer bookmarks.Stop()
	wantBookmarks := ws.target.flag("allowWatchBookmarks")
	ws.flush()
	for {
		select {
		case <-ctx.Done():
			return
		case <-end.C:
			return
		case <-watcher.ready():
			if ended := ws.drain(watcher); ended || ws.broken {
				return
			}
		case <-bookmarks.C:
			if !wantBookmarks {
				continue
			}
			bookmark, err := watcher.bookmark()
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
func (ws *watchStream) drain(watcher *watcher) (ended bool) {
	events, ended := watcher.next()
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
	form := ws.target.form()
	switch {
	case form == formTable && kind == watch.Bookmark:
		list := metav1.ListMeta{ResourceVersion: accessor(obj).GetResourceVersion()}
		return ws.target.stored.table(nil, list, ws.handler.Store.Clock().Now(), metav1.IncludeNone, false)
	case form == formTable:
		headers := ws.headers
		ws.headers = false
		list := metav1.ListMeta{ResourceVersion: accessor(obj).GetResourceVersion()}
		return ws.target.stored.table([]runtime.Object{obj}, list, ws.handler.Store.Clock().Now(), ws.target.includeObject(), headers)
	case form == formMetadata:
		return metadataOnly(obj), nil
	}
	return ws.target.served.present(obj), nil
}

func (ws *watchStream) flush() {
	if f, ok := ws.w.(http.Flusher); ok && !ws.broken {
		f.Flush()
	}
}
