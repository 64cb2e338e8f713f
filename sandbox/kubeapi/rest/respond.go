package rest

import (
	"net/http"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/resource"
	"podsg/sandbox/kubeapi/storage"
)

// respond answers with one object, in the form that the client asked for.
func (h *Handler) respond(w http.ResponseWriter, status int, t *target, obj runtime.Object) error {
	switch t.Form() {
	case request.FormTable:
		list := metav1.ListMeta{ResourceVersion: resource.Accessor(obj).GetResourceVersion()}
		table, err := t.stored.Table([]runtime.Object{obj}, list, h.Store.Clock().Now(), t.IncludeObject(), true)
		if err != nil {
			return err
		}
		return codec.WriteJSON(w, status, table)
	case request.FormMetadata:
		return codec.WriteJSON(w, status, resource.MetadataOnly(obj))
	}
	return codec.WriteJSON(w, status, t.served.Present(obj))
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

func (h *Handler) respondList(w http.ResponseWriter, t *target, page *storage.Page) error {
	meta := metav1.ListMeta{
		ResourceVersion:    page.Version,
		Continue:           page.Token,
		RemainingItemCount: page.Remaining,
	}
	switch t.Form() {
	case request.FormTable:
		table, err := t.stored.Table(page.Items, meta, h.Store.Clock().Now(), t.IncludeObject(), true)
		if err != nil {
			return err
		}
		return codec.WriteJSON(w, http.StatusOK, table)
	case request.FormMetadata:
		items := make([]*metav1.PartialObjectMetadata, 0, len(page.Items))
		for _, obj := range page.Items {
			items = append(items, resource.MetadataOnly(obj))
		}
		return codec.WriteJSON(w, http.StatusOK, objectList{
			Kind: "PartialObjectMetadataList", APIVersion: metav1.SchemeGroupVersion.String(), Metadata: meta, Items: items,
		})
	}
	items := page.Items
	if t.served.Alias != nil {
		items = make([]runtime.Object, 0, len(page.Items))
		for _, obj := range page.Items {
			items = append(items, t.served.Present(obj))
		}
	}
	if t.served.Structured() {
		items = withoutKinds(items)
	}
	return codec.WriteJSON(w, http.StatusOK, objectList{
		Kind: t.served.Kind + "List", APIVersion: t.served.GVR.GroupVersion().String(), Metadata: meta, Items: items,
	})
}

// success is the Status that answers a request with no object to return.
func success() metav1.Status {
	return metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess}
}
