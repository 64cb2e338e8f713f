package rest

import (
	"net/http"

	"podsg/sandbox/kubeapi/storage"
)

func (h *Handler) get(w http.ResponseWriter, t *target) error {
	obj, err := h.Store.Get(t.stored, t.ObjectNamespace(), t.Name)
	if err != nil {
		return t.notFoundAsServed(err)
	}
	return h.respond(w, http.StatusOK, t, obj)
}

func (h *Handler) list(w http.ResponseWriter, t *target) error {
	page, err := h.page(t)
	if err != nil {
		return err
	}
	return h.respondList(w, t, page)
}

// page lists the objects that the request selects.
func (h *Handler) page(t *target) (*storage.Page, error) {
	opts, err := t.listOptions()
	if err != nil {
		return nil, err
	}
	selector, err := t.selector(opts)
	if err != nil {
		return nil, err
	}
	return h.Store.List(t.stored, storage.ListOptions{
		Namespace: t.ObjectNamespace(),
		Selector:  selector,
		Limit:     opts.Limit,
		Token:     opts.Continue,
		Version:   opts.ResourceVersion,
		Match:     opts.ResourceVersionMatch,
	})
}
