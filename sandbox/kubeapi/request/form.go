package request

import (
	"mime"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// The forms in which a client may ask for objects.
type form int

const (
	formObject form = iota
	FormTable
	FormMetadata
)

// Form is what the Accept header asks for: the first form in it that we have,
// or the object itself.
func (req *Request) Form() form {
	for _, accepted := range strings.Split(req.HTTP.Header.Get("Accept"), ",") {
		mediaType, params, err := mime.ParseMediaType(accepted)
		if err != nil || mediaType != runtime.ContentTypeJSON || params["g"] != "" && params["g"] != metav1.GroupName {
			continue
		}
		switch {
		case params["as"] == "":
			return formObject
		case params["v"] != metav1.SchemeGroupVersion.Version:
		case params["as"] == "Table":
			return FormTable
		case strings.HasPrefix(params["as"], "PartialObjectMetadata"):
			return FormMetadata
		}
	}
	return formObject
}

func (req *Request) IncludeObject() metav1.IncludeObjectPolicy {
	return metav1.IncludeObjectPolicy(req.Query.Get("includeObject"))
}
