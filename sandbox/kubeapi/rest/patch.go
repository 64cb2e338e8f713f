package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/resource"
)

const (
	patchesOfTypes  = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/strategic-merge-patch+json"
	patchesOfCustom = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
)

func (h *Handler) patch(w http.ResponseWriter, t *target) error {
	body, err := codec.ReadBody(t.Request)
	if err != nil {
		return err
	}
	kind := types.PatchType(codec.ContentType(t.HTTP))
	if kind == types.ApplyYAMLPatchType {
		return h.apply(w, t, body)
	}
	patched, err := h.Store.Mutate(t.stored, t.ObjectNamespace(), t.Name, t.writeOptions(), func(current runtime.Object) (runtime.Object, error) {
		served := t.served.Present(current)
		document, err := json.Marshal(served)
		if err != nil {
			return nil, err
		}
		if document, err = applyPatch(kind, document, body, served, t.served); err != nil {
			return nil, err
		}
		obj, err := decodePatched(w, t, document)
		if err != nil {
			return nil, err
		}
		if name := resource.Accessor(obj).GetName(); name != t.Name {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", name, t.Name))
		}
		return t.served.ToStorage(obj), nil
	})
	if err != nil {
		return t.notFoundAsServed(err)
	}
	return h.respond(w, http.StatusOK, t, patched)
}

// applyPatch changes a JSON document by a patch.
func applyPatch(kind types.PatchType, document, patch []byte, obj runtime.Object, r *resource.Resource) ([]byte, error) {
	switch kind {
	case types.JSONPatchType:
		operations, err := jsonpatch.DecodePatch(patch)
		if err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		patched, err := operations.Apply(document)
		if err != nil {
			return nil, apierrors.NewGenericServerResponse(http.StatusUnprocessableEntity, "", schema.GroupResource{}, "", err.Error(), 0, false)
		}
		return patched, nil
	case types.MergePatchType:
		patched, err := jsonpatch.MergePatch(document, patch)
		if err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		return patched, nil
	case types.StrategicMergePatchType:
		if !r.Structured() {
			return nil, apierror.UnsupportedMediaType(patchesOfCustom)
		}
		empty := reflect.New(reflect.TypeOf(obj).Elem()).Interface()
		patched, err := strategicpatch.StrategicMergePatch(document, patch, empty)
		if err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		return patched, nil
	}
	if !r.Structured() {
		return nil, apierror.UnsupportedMediaType(patchesOfCustom)
	}
	return nil, apierror.UnsupportedMediaType(patchesOfTypes)
}

// decodePatched decodes the result of a patch. What is wrong with it is wrong
// with the patch.
func decodePatched(w http.ResponseWriter, t *target, document []byte) (runtime.Object, error) {
	obj, err := codec.DecodeInto(w, t.Request, t.served, runtime.ContentTypeJSON, document)
	var status apierrors.APIStatus
	if err == nil || errors.As(err, &status) {
		return obj, err
	}
	return nil, apierrors.NewInvalid(schema.GroupKind{}, "", field.ErrorList{
		field.Invalid(field.NewPath("patch"), string(document), err.Error()),
	})
}
