// Package codec reads the bodies of requests and writes answers.
package codec

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/request"
)

// bodyLimit is the largest request body, as in the real API server.
const bodyLimit = 3 << 20

// acceptedBodies are the media types that a body may have. client-go's typed
// clients send protobuf. Answers are always JSON, which every client reads.
const acceptedBodies = "application/json, application/yaml, application/vnd.kubernetes.protobuf"

// ReadBody reads the body of a request, up to the limit.
func ReadBody(req *request.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.HTTP.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", tooLarge.Limit))
	case err != nil:
		return nil, apierrors.NewBadRequest(fmt.Sprintf("read body: %v", err))
	}
	return body, nil
}

// ContentType is the media type of a body; JSON when the client does not say.
func ContentType(r *http.Request) string {
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
		return info, apierror.UnsupportedMediaType(acceptedBodies)
	}
	return info, nil
}

// DecodeOptions decodes a body that is not an object of a resource, such as
// DeleteOptions. An empty body leaves into as it is.
func DecodeOptions(req *request.Request, into runtime.Object) error {
	body, err := ReadBody(req)
	if err != nil || len(body) == 0 {
		return err
	}
	return Decode(ContentType(req.HTTP), body, into)
}

// Decode decodes a body of a media type. What is wrong with it is the client's
// fault.
func Decode(mediaType string, body []byte, into runtime.Object) error {
	info, err := serializer(mediaType)
	if err != nil {
		return err
	}
	if _, _, err := info.Serializer.Decode(body, nil, into); err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	return nil
}
