package rest

import (
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/resource"
)

// apply answers a server-side apply.
func (h *Handler) apply(w http.ResponseWriter, t *target, body []byte) error {
	if t.served.Alias != nil {
		return apierrors.NewMethodNotSupported(t.GroupResource(), "apply")
	}
	if t.Query.Get("fieldManager") == "" {
		return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "PatchOptions"}, "", field.ErrorList{
			field.Required(field.NewPath("fieldManager"), "is required for apply patch"),
		})
	}
	document, err := resource.DecodeMap(body)
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
	}
	patch := &unstructured.Unstructured{Object: document}
	if name := patch.GetName(); name != "" && name != t.Name {
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", name, t.Name))
	}
	patch.SetName(t.Name)
	if t.served.Namespaced {
		if namespace := patch.GetNamespace(); namespace != "" && namespace != t.Namespace {
			return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
		}
		patch.SetNamespace(t.Namespace)
	}
	obj, created, err := h.Store.Apply(t.stored, t.ObjectNamespace(), t.Name, patch, t.writeOptions())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return h.respond(w, status, t, obj)
}
