// Package rest answers the requests about objects: reading, watching and writing
// them and their subresources.
package rest

import (
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/kubeapi/streams"
)

// A Handler answers the requests about objects.
type Handler struct {
	Store *storage.Store
	// Logs and PortForward reach into pods; without them the server has no
	// such subresource.
	Logs        streams.LogFunc
	PortForward streams.PortForwardFunc
	// BookmarkInterval is how often watches that allow it get a bookmark.
	BookmarkInterval time.Duration
}

// Serve answers a request about objects.
func (h *Handler) Serve(w http.ResponseWriter, req *request.Request) error {
	served := h.Store.Find(req.GroupResource())
	if served == nil || served.GVR.Version != req.Version {
		return apierror.NoSuchResource()
	}
	stored := served
	if served.Alias != nil {
		stored = h.Store.Find(served.Alias.Stored.GroupResource())
	}
	outside := served.Namespaced && req.Namespace == "" && req.Name != ""
	misplaced := !served.Namespaced && req.ObjectNamespace() != ""
	if outside || misplaced {
		return apierror.NoSuchResource()
	}
	t := &target{Request: req, served: served, stored: stored}
	if req.Subresource != "" {
		return h.serveSubresource(w, t)
	}
	switch req.Verb {
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
	return apierrors.NewMethodNotSupported(req.GroupResource(), req.Verb)
}
