package rest

import "net/http"

func (h *Handler) get(w http.ResponseWriter, t *target) error {
	obj, err := h.Store.Get(t.stored, t.ObjectNamespace(), t.Name)
	if err != nil {
		return t.notFoundAsServed(err)
	}
	return h.respond(w, http.StatusOK, t, obj)
}

func (h *Handler) list(w http.ResponseWriter, t *target) error {
	opts, err := t.listOptions()
	if err != nil {
		return err
	}
	page, err := h.Store.List(t.stored, opts)
	if err != nil {
		return err
	}
	return h.respondList(w, t, page)
}
