package rest

import (
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/streams"
)

// serveSubresource answers a request about part of an object or about something
// to be done with it.
func (h *Handler) serveSubresource(w http.ResponseWriter, t *target) error {
	switch {
	case t.Subresource == "status" && t.served.HasStatus:
		return h.serveStatus(w, t)
	case t.Subresource == "scale" && t.served.HasScale:
		return h.serveScale(w, t)
	case t.Subresource == "finalize" && t.served.GVR == gvr.Namespaces && t.Verb == "update":
		t.Subresource = ""
		return h.update(w, t)
	case t.served.GVR != gvr.Pods:
		return apierror.NoSuchResource()
	}
	switch t.Subresource {
	case "log":
		if t.Verb != "get" {
			return apierrors.NewMethodNotSupported(t.GroupResource(), t.Verb)
		}
		pod, err := h.pod(t)
		if err != nil {
			return err
		}
		return streams.ServeLog(w, t.Request, pod, h.Logs)
	case "portforward":
		pod, err := h.pod(t)
		if err != nil {
			return err
		}
		return streams.ServePortForward(w, t.HTTP, pod, h.PortForward)
	case "exec", "attach":
		return h.refuseExec(t)
	case "eviction":
		return h.evict(w, t)
	case "binding":
		return h.bind(w, t)
	}
	return apierror.NoSuchResource()
}

func (h *Handler) serveStatus(w http.ResponseWriter, t *target) error {
	switch t.Verb {
	case "get":
		return h.get(w, t)
	case "update":
		return h.update(w, t)
	case "patch":
		return h.patch(w, t)
	}
	return apierrors.NewMethodNotSupported(t.GroupResource(), t.Verb)
}
