package kubeapi

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// bodyLimit is the largest request body, as in the real API server.
const bodyLimit = 3 << 20

// acceptedBodies are the media types that a body may have. client-go's typed
// clients send protobuf. Answers are always JSON, which every client reads.
const acceptedBodies = "application/json, application/yaml, application/vnd.kubernetes.protobuf"

func readBody(req *request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.http.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", tooLarge.Limit))
	case err != nil:
		return nil, apierrors.NewBadRequest(fmt.Sprintf("read body: %v", err))
	}
	return body, nil
}

func contentType(r *http.Request) string {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType == "" {
		return runtime.ContentTypeJSON
	}
	return mediaType
}

// serializer picks how a body is decoded by its media type.
func serializer(mediaType string) (runtime.SerializerInfo, error) {
	info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), mediaType)
	if !ok {
		return info, errUnsupportedMediaType(acceptedBodies)
	}
	return info, nil
}

// decodeOptions decodes a body that is not an object of a resource, such as
// DeleteOptions. An empty body leaves into as it is.
func decodeOptions(req *request, into runtime.Object) error {
	body, err := readBody(req)
	if err != nil || len(body) == 0 {
		return err
	}
	info, err := serializer(contentType(req.http))
	if err != nil {
		return err
	}
	if _, _, err := info.Serializer.Decode(body, nil, into); err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	return nil
}

// fieldValidation is what to do about fields that the type does not have.
func (req *request) fieldValidation() string {
	if directive := req.query.Get("fieldValidation"); directive != "" {
		return directive
	}
	return metav1.FieldValidationWarn
}

// decodeObject decodes the body of a create or update.
func decodeObject(w http.ResponseWriter, req *request, r *resource) (runtime.Object, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	obj, err := decodeInto(w, req, r, contentType(req.http), body)
	if err != nil {
		var status apierrors.APIStatus
		if errors.As(err, &status) {
			return nil, err
		}
		return nil, apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", r.kind, r.gvr.Version, r.kind, err))
	}
	return obj, nil
}

// decodeInto decodes data as an object of the resource. Unknown fields are an
// error, a warning or nothing, as the request wants it.
func decodeInto(w http.ResponseWriter, req *request, r *resource, mediaType string, data []byte) (runtime.Object, error) {
	info, err := serializer(mediaType)
	if err != nil {
		return nil, err
	}
	var obj runtime.Object
	var strict error
	if r.structured() {
		obj, strict, err = decodeStructured(info, r, data)
	} else {
		obj, strict, err = decodeUnstructured(r, data)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case strict == nil:
	case req.fieldValidation() == metav1.FieldValidationStrict:
		return nil, strict
	case req.fieldValidation() == metav1.FieldValidationWarn:
		warn(w, strict)
	}
	return obj, nil
}

// decodeStructured decodes an object of client-go's scheme. What is only wrong
// to a strict reader comes as strict.
func decodeStructured(info runtime.SerializerInfo, r *resource, data []byte) (obj runtime.Object, strict, err error) {
	into, err := r.newObject()
	if err != nil {
		return nil, nil, err
	}
	decoder := info.Serializer
	if info.StrictSerializer != nil {
		decoder = info.StrictSerializer
	}
	gvk := r.gvk()
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
func decodeUnstructured(r *resource, data []byte) (obj runtime.Object, strict, err error) {
	object, err := decodeMap(data)
	if err != nil {
		return nil, nil, err
	}
	u := &unstructured.Unstructured{Object: object}
	if u.GroupVersionKind() != r.gvk() {
		return nil, nil, errWrongVersion(r, u.GetAPIVersion())
	}
	if err := checkMetadataTypes(u); err != nil {
		return nil, nil, err
	}
	var unknown []error
	for _, path := range prune(u.Object, r.schema) {
		unknown = append(unknown, fmt.Errorf("unknown field %q", path))
	}
	if len(unknown) > 0 {
		strict = runtime.NewStrictDecodingError(unknown)
	}
	return u, strict, nil
}

func errWrongVersion(r *resource, got string) error {
	return apierrors.NewBadRequest(fmt.Sprintf(
		"the API version in the data (%s) does not match the expected API version (%s)", got, r.gvr.GroupVersion()))
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

// decodeMap decodes a JSON or YAML object, with whole numbers as int64, as
// Kubernetes has them.
func decodeMap(data []byte) (map[string]any, error) {
	document, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := utiljson.Unmarshal(document, &object); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, errors.New("the document is empty")
	}
	return object, nil
}

// warn tells the client about each strict decoding error in a Warning header.
func warn(w http.ResponseWriter, strict error) {
	decoding, ok := runtime.AsStrictDecodingError(strict)
	if !ok {
		return
	}
	for _, err := range decoding.Errors() {
		text := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(err.Error())
		w.Header().Add("Warning", fmt.Sprintf(`299 - "%s"`, text))
	}
}
