package request

import (
	"mime"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A Form is how a client wants to see objects.
type Form int

// The forms in which a client may ask for objects.
const (
	FormObject Form = iota
	FormTable
	FormMetadata
)

// Form is what the Accept header asks for: the first form in it that we have,
// or the object itself.
func (req *Request) Form() Form {
	for _, accepted := range strings.Split(req.HTTP.Header.Get("Accept"), ",") {
		mediaType, params, err := mime.ParseMediaType(accepted)
		if err != nil || mediaType != runtime.ContentTypeJSON || params["g"] != "" && params["g"] != metav1.GroupName {
			continue
		}
		switch {
		case params["as"] == "":
			return FormObject
		case params["v"] != metav1.SchemeGroupVersion.Version:
		case params["as"] == "Table":
			return FormTable
		case strings.HasPrefix(params["as"], "PartialObjectMetadata"):
			return FormMetadata
		}
	}
	return FormObject
}

// IncludeObject is what the rows of a table shall say of their objects.
func (req *Request) IncludeObject() metav1.IncludeObjectPolicy {
	return metav1.IncludeObjectPolicy(req.Query.Get("includeObject"))
}
