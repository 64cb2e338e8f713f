package discovery

import (
	"net/http"
	"strings"

	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/request"
)

// The protobuf form of the document, as clients ask for it and as it is answered:
// with an at sign it would be no media type.
const (
	acceptOpenAPIV2 = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
	openAPIV2       = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
)

// serveOpenAPIV2 answers with a document of the older version that describes
// nothing. "kubectl apply" wants to have one before it sends the items of a
// List; what no document describes it leaves to the server's own validation.
func (h *Handler) serveOpenAPIV2(w http.ResponseWriter, req *request.Request) error {
	const version = "2.0"
	if strings.Contains(req.HTTP.Header.Get("Accept"), acceptOpenAPIV2) {
		w.Header().Set("Content-Type", openAPIV2)
		// The first field of the message is the version of OpenAPI.
		_, err := w.Write(append([]byte{1<<3 | 2, byte(len(version))}, version...))
		return err
	}
	return codec.WriteJSON(w, http.StatusOK, openAPIObject{
		"swagger": version, "info": openAPIObject{"title": "Kubernetes", "version": h.Version}, "paths": openAPIObject{}, "definitions": openAPIObject{},
	})
}
