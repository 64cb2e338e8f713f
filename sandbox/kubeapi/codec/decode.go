package codec

import (
	"errors"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/resource"
)

// DecodeObject decodes the body of a create or update.
func DecodeObject(w http.ResponseWriter, req *request.Request, r *resource.Resource) (runtime.Object, error) {
	body, err := ReadBody(req)
	if err != nil {
		return nil, err
	}
	obj, err := DecodeInto(w, req, r, ContentType(req.HTTP), body)
	if err != nil {
		var status apierrors.APIStatus
		if errors.As(err, &status) {
			return nil, err
		}
		return nil, apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", r.Kind, r.GVR.Version, r.Kind, err))
	}
	return obj, nil
}

// DecodeInto decodes data as an object of the resource. Unknown fields are an
// error, a warning or nothing, as the request wants it.
func DecodeInto(w http.ResponseWriter, req *request.Request, r *resource.Resource, mediaType string, data []byte) (runtime.Object, error) {
	info, err := serializer(mediaType)
	if err != nil {
		return nil, err
	}
	var obj runtime.Object
	var strict error
	if r.Structured() {
		obj, strict, err = decodeStructured(info, r, data)
	} else {
		obj, strict, err = decodeUnstructured(r, data)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case strict == nil:
	case req.FieldValidation() == metav1.FieldValidationStrict:
		return nil, strict
	case req.FieldValidation() == metav1.FieldValidationWarn:
		warn(w, strict)
	}
	return obj, nil
}

// decodeStructured decodes an object of client-go's scheme. What is only wrong
// to a strict reader comes as strict.
func decodeStructured(info runtime.SerializerInfo, r *resource.Resource, data []byte) (obj runtime.Object, strict, err error) {
	into, err := r.NewObject()
	if err != nil {
		return nil, nil, err
	}
	decoder := info.Serializer
	if info.StrictSerializer != nil {
		decoder = info.StrictSerializer
	}
	gvk := r.GVK()
	obj, got, err := decoder.Decode(data, &gvk, into)
	if runtime.IsStrictDecodingError(err) && obj != nil {
		strict, err = err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if got != nil && *got != gvk {
		return nil, nil, errWrongVersion(r, got.GroupVersion().String())
	}
	return obj, strict, nil
}

// decodeUnstructured decodes a custom object and drops the fields that its
// schema does not know, which are what strict complains of.
func decodeUnstructured(r *resource.Resource, data []byte) (obj runtime.Object, strict, err error) {
	object, err := resource.DecodeMap(data)
	if err != nil {
		return nil, nil, err
	}
	u := &unstructured.Unstructured{Object: object}
	if u.GroupVersionKind() != r.GVK() {
		return nil, nil, errWrongVersion(r, u.GetAPIVersion())
	}
	if err := checkMetadataTypes(u); err != nil {
		return nil, nil, err
	}
	var unknown []error
	for _, path := range resource.Prune(u.Object, r.Schema) {
		unknown = append(unknown, fmt.Errorf("unknown field %q", path))
	}
	if len(unknown) > 0 {
		strict = runtime.NewStrictDecodingError(unknown)
	}
	return u, strict, nil
}

func errWrongVersion(r *resource.Resource, got string) error {
	return apierrors.NewBadRequest(fmt.Sprintf(
		"the API version in the data (%s) does not match the expected API version (%s)", got, r.GVR.GroupVersion()))
}

// checkMetadataTypes checks that the metadata of a custom object, which no
// schema describes, has the types that metadata has.
func checkMetadataTypes(u *unstructured.Unstructured) error {
	metadata, ok := u.Object["metadata"]
	if !ok {
		return nil
	}
	m, ok := metadata.(map[string]any)
	if !ok {
		return fmt.Errorf("metadata: expected an object, got %T", metadata)
	}
	var meta metav1.PartialObjectMetadata
	return runtime.DefaultUnstructuredConverter.FromUnstructured(map[string]any{"metadata": m}, &meta)
}

// warn tells the client about each strict decoding error in a Warning header.
func warn(w http.ResponseWriter, strict error) {
	decoding, ok := runtime.AsStrictDecodingError(strict)
	if !ok {
		return
	}
	for _, err := range decoding.Errors() {
		if header, err := utilnet.NewWarningHeader(299, "", err.Error()); err == nil {
			w.Header().Add("Warning", header)
		}
	}
}
