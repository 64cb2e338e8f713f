package kubeapi

import (
	"mime"
	"net/http"
	"reflect"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A target is what a resource request is about: the resource as served, and
// the one its objects are stored as.
type target struct {
	*request
	served, stored *resource
}

// A Handler answers the requests about objects.
type Handler struct {
	Store *Store
	// Logs and PortForward reach into pods; without them the server has no
	// such subresource.
	Logs        LogFunc
	PortForward PortForwardFunc
	// BookmarkInterval is how often watches that allow it get a bookmark.
	BookmarkInterval time.Duration
}

// Serve answers a request about objects.
func (h *Handler) Serve(w http.ResponseWriter, req *request) error {
	served := h.Store.find(req.groupResource())
	if served == nil || served.gvr.Version != req.version {
		return errNoSuchResource()
	}
	stored := served
	if served.alias != nil {
		stored = h.Store.find(served.alias.stored.GroupResource())
	}
	outside := served.namespaced && req.namespace == "" && req.name != ""
	misplaced := !served.namespaced && req.objectNamespace() != ""
	if outside || misplaced {
		return errNoSuchResource()
	}
	t := &target{request: req, served: served, stored: stored}
	if req.subresource != "" {
		return h.serveSubresource(w, t)
	}
	switch req.verb {
	case "get":
		return h.get(w, t)
	case "list":
		return h.list(w, t)
	case "watch":
		return h.watch(w, t)
	case "create":
		return h.create(w, t)
	case "update":
		return h.update(w, t)
	case "patch":
		return h.patch(w, t)
	case "delete":
		return h.delete(w, t)
	case "deletecollection":
		return h.deleteCollection(w, t)
	}
	return apierrors.NewMethodNotSupported(req.groupResource(), req.verb)
}

func (h *Handler) get(w http.ResponseWriter, t *target) error {
	obj, err := h.Store.get(t.stored, t.objectNamespace(), t.name)
	if err != nil {
		return t.notFoundAsServed(err)
	}
	return h.respond(w, http.StatusOK, t, obj)
}

// notFoundAsServed names the served resource in a NotFound error of an alias.
func (t *target) notFoundAsServed(err error) error {
	if t.served.alias != nil && apierrors.IsNotFound(err) {
		return apierrors.NewNotFound(t.served.groupResource(), t.name)
	}
	return err
}

// respond answers with one object, in the form that the client asked for.
func (h *Handler) respond(w http.ResponseWriter, status int, t *target, obj runtime.Object) error {
	switch t.form() {
	case formTable:
		list := metav1.ListMeta{ResourceVersion: accessor(obj).GetResourceVersion()}
		table, err := t.stored.table([]runtime.Object{obj}, list, h.Store.Clock().Now(), t.includeObject(), true)
		if err != nil {
			return err
		}
		return writeJSON(w, status, table)
	case formMetadata:
		return writeJSON(w, status, metadataOnly(obj))
	}
	return writeJSON(w, status, t.served.present(obj))
}

func (h *Handler) list(w http.ResponseWriter, t *target) error {
	opts, err := t.listOptions()
	if err != nil {
		return err
	}
	page, err := h.Store.list(t.stored, opts)
	if err != nil {
		return err
	}
	return h.respondList(w, t, page)
}

// withoutKinds are the objects as the items of a built-in type's list are
// served: the list says what kind they are.
func withoutKinds(objects []runtime.Object) []runtime.Object {
	items := make([]runtime.Object, 0, len(objects))
	for _, obj := range objects {
		// The objects are shared with the store: change the head of a copy only.
		copied := reflect.New(reflect.TypeOf(obj).Elem())
		copied.Elem().Set(reflect.ValueOf(obj).Elem())
		item := copied.Interface().(runtime.Object)
		item.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
		items = append(items, item)
	}
	return items
}

// An objectList is the JSON form of every list.
type objectList struct {
	Kind       string          `json:"kind"`
	APIVersion string          `json:"apiVersion"`
	Metadata   metav1.ListMeta `json:"metadata"`
	Items      any             `json:"items"`
}

func (h *Handler) respondList(w http.ResponseWriter, t *target, page *listPage) error {
	meta := metav1.ListMeta{
		ResourceVersion:    page.version,
		Continue:           page.token,
		RemainingItemCount: page.remaining,
	}
	switch t.form() {
	case formTable:
		table, err := t.stored.table(page.items, meta, h.Store.Clock().Now(), t.includeObject(), true)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, table)
	case formMetadata:
		items := make([]*metav1.PartialObjectMetadata, 0, len(page.items))
		for _, obj := range page.items {
			items = append(items, metadataOnly(obj))
		}
		return writeJSON(w, http.StatusOK, objectList{
			Kind: "PartialObjectMetadataList", APIVersion: metav1.SchemeGroupVersion.String(), Metadata: meta, Items: items,
		})
	}
	items := page.items
	if t.served.alias != nil {
		items = make([]runtime.Object, 0, len(page.items))
		for _, obj := range page.items {
			items = append(items, t.served.present(obj))
		}
	}
	if t.served.structured() {
		items = withoutKinds(items)
	}
	return writeJSON(w, http.StatusOK, objectList{
		Kind: t.served.kind + "List", APIVersion: t.served.gvr.GroupVersion().String(), Metadata: meta, Items: items,
	})
}

func (h *Handler) create(w http.ResponseWriter, t *target) error {
	if t.name != "" {
		return apierrors.NewMethodNotSupported(t.groupResource(), t.verb)
	}
	obj, err := decodeObject(w, t.request, t.served)
	if err != nil {
		return err
	}
	created, err := h.Store.create(t.stored, t.objectNamespace(), t.served.toStorage(obj), t.writeOptions())
	if err != nil {
		return err
	}
	return h.respond(w, http.StatusCreated, t, created)
}

func (h *Handler) update(w http.ResponseWriter, t *target) error {
	obj, err := decodeObject(w, t.request, t.served)
	if err != nil {
		return err
	}
	if name := accessor(obj).GetName(); name != t.name {
		return apierrors.NewBadRequest("the name of the object (" + name + ") does not match the name on the URL (" + t.name + ")")
	}
	if namespace := accessor(obj).GetNamespace(); namespace != "" && namespace != t.objectNamespace() {
		return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	updated, err := h.Store.mutate(t.stored, t.objectNamespace(), t.name, t.writeOptions(), replaceBy(t.served.toStorage(obj)))
	if err != nil {
		return t.notFoundAsServed(err)
	}
	return h.respond(w, http.StatusOK, t, updated)
}

// deleteOptions reads how to delete from the body and the older query
// parameters.
func (t *target) deleteOptions() (metav1.DeleteOptions, error) {
	var opts metav1.DeleteOptions
	if err := decodeOptions(t.request, &opts); err != nil {
		return opts, err
	}
	if policy := metav1.DeletionPropagation(t.query.Get("propagationPolicy")); policy != "" {
		opts.PropagationPolicy = &policy
	}
	if opts.PropagationPolicy != nil {
		switch *opts.PropagationPolicy {
		case metav1.DeletePropagationBackground, metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan:
		default:
			return opts, apierrors.NewBadRequest("unknown propagationPolicy " + string(*opts.PropagationPolicy))
		}
	}
	if t.dryRun {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	return opts, nil
}

func (h *Handler) delete(w http.ResponseWriter, t *target) error {
	opts, err := t.deleteOptions()
	if err != nil {
		return err
	}
	obj, gone, err := h.Store.remove(t.stored, t.objectNamespace(), t.name, opts, t.user)
	if err != nil {
		return t.notFoundAsServed(err)
	}
	if _, isPod := obj.(*corev1.Pod); !gone || isPod {
		return h.respond(w, http.StatusOK, t, obj)
	}
	status := success()
	status.Details = &metav1.StatusDetails{Name: t.name, Group: t.group, Kind: t.resource, UID: accessor(obj).GetUID()}
	return writeJSON(w, http.StatusOK, status)
}

func (h *Handler) deleteCollection(w http.ResponseWriter, t *target) error {
	opts, err := t.deleteOptions()
	if err != nil {
		return err
	}
	listed, err := t.listOptions()
	if err != nil {
		return err
	}
	page, err := h.Store.list(t.stored, listed)
	if err != nil {
		return err
	}
	for _, obj := range page.items {
		_, _, err := h.Store.remove(t.stored, accessor(obj).GetNamespace(), accessor(obj).GetName(), opts, t.user)
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return h.respondList(w, t, page)
}

// The forms in which a client may ask for objects.
type form int

const (
	formObject form = iota
	formTable
	formMetadata
)

// form is what the Accept header asks for: the first form in it that we have,
// or the object itself.
func (req *request) form() form {
	for _, accepted := range strings.Split(req.http.Header.Get("Accept"), ",") {
		mediaType, params, err := mime.ParseMediaType(accepted)
		if err != nil || mediaType != runtime.ContentTypeJSON || params["g"] != "" && params["g"] != metav1.GroupName {
			continue
		}
		switch {
		case params["as"] == "":
			return formObject
		case params["v"] != metav1.SchemeGroupVersion.Version:
		case params["as"] == "Table":
			return formTable
		case strings.HasPrefix(params["as"], "PartialObjectMetadata"):
			return formMetadata
		}
	}
	return formObject
}

func (req *request) includeObject() metav1.IncludeObjectPolicy {
	return metav1.IncludeObjectPolicy(req.query.Get("includeObject"))
}
