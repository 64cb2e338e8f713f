package rest

import (
	"net/http"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/resource"
	"podsg/sandbox/kubeapi/storage"
)

func (h *Handler) create(w http.ResponseWriter, t *target) error {
	if t.Name != "" {
		return apierrors.NewMethodNotSupported(t.GroupResource(), t.Verb)
	}
	obj, err := codec.DecodeObject(w, t.Request, t.served)
	if err != nil {
		return err
	}
	created, err := h.Store.Create(t.stored, t.ObjectNamespace(), t.served.ToStorage(obj), t.writeOptions())
	if err != nil {
		return err
	}
	return h.respond(w, http.StatusCreated, t, created)
}

func (h *Handler) update(w http.ResponseWriter, t *target) error {
	obj, err := codec.DecodeObject(w, t.Request, t.served)
	if err != nil {
		return err
	}
	if name := resource.Accessor(obj).GetName(); name != t.Name {
		return apierrors.NewBadRequest("the name of the object (" + name + ") does not match the name on the URL (" + t.Name + ")")
	}
	if namespace := resource.Accessor(obj).GetNamespace(); namespace != "" && namespace != t.ObjectNamespace() {
		return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	updated, err := h.Store.Mutate(t.stored, t.ObjectNamespace(), t.Name, t.writeOptions(), storage.ReplaceBy(t.served.ToStorage(obj)))
	if err != nil {
		return t.notFoundAsServed(err)
	}
	return h.respond(w, http.StatusOK, t, updated)
}

func (h *Handler) delete(w http.ResponseWriter, t *target) error {
	opts, err := t.deleteOptions()
	if err != nil {
		return err
	}
	obj, gone, err := h.Store.Delete(t.stored, t.ObjectNamespace(), t.Name, opts, t.User)
	if err != nil {
		return t.notFoundAsServed(err)
	}
	if _, isPod := obj.(*corev1.Pod); !gone || isPod {
		return h.respond(w, http.StatusOK, t, obj)
	}
	status := success()
	status.Details = &metav1.StatusDetails{Name: t.Name, Group: t.Group, Kind: t.Resource, UID: resource.Accessor(obj).GetUID()}
	return codec.WriteJSON(w, http.StatusOK, status)
}

func (h *Handler) deleteCollection(w http.ResponseWriter, t *target) error {
	opts, err := t.deleteOptions()
	if err != nil {
		return err
	}
	page, err := h.page(t)
	if err != nil {
		return err
	}
	for _, obj := range page.Items {
		_, _, err := h.Store.Delete(t.stored, resource.Accessor(obj).GetNamespace(), resource.Accessor(obj).GetName(), opts, t.User)
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return h.respondList(w, t, page)
}
