// Package request takes API requests apart.
package request

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
)

// A Request is one API request, taken apart.
type Request struct {
	HTTP  *http.Request
	Path  string // without a trailing slash
	Query url.Values
	User  access.User

	// IsResource says that the path is one of objects; then the rest is set.
	IsResource  bool
	Verb        string
	Group       string
	Version     string
	Namespace   string
	Resource    string
	Name        string
	Subresource string
	DryRun      bool
}

// optionsKinds are what the parameters of a method's requests are called.
var optionsKinds = map[string]string{
	http.MethodPost: "CreateOptions", http.MethodPut: "UpdateOptions", http.MethodPatch: "PatchOptions", http.MethodDelete: "DeleteOptions",
}

// Parse takes a request apart.
func Parse(r *http.Request) (*Request, error) {
	req := &Request{HTTP: r, Path: strings.TrimSuffix(r.URL.Path, "/"), Query: r.URL.Query()}
	req.parsePath()
	req.Verb = strings.ToLower(r.Method)
	if req.IsResource {
		req.Verb = req.resourceVerb()
	}
	dryRun := req.Query["dryRun"]
	if errs := metav1validation.ValidateDryRun(field.NewPath("dryRun"), dryRun); len(errs) > 0 {
		return nil, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: optionsKinds[r.Method]}, "", errs)
	}
	req.DryRun = len(dryRun) > 0
	return req, nil
}

// parsePath finds group, version, namespace, resource, name and subresource in
// /api/v1/… and /apis/group/version/….
func (req *Request) parsePath() {
	parts := strings.Split(strings.Trim(req.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		req.Version, parts = parts[1], parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		req.Group, req.Version, parts = parts[1], parts[2], parts[3:]
	default:
		return
	}
	if parts[0] == "namespaces" && len(parts) > 1 {
		req.Namespace = parts[1]
		// A namespace's own subresources are not resources in it.
		if len(parts) > 2 && parts[2] != "status" && parts[2] != "finalize" {
			parts = parts[2:]
		}
	}
	req.IsResource = true
	req.Resource = parts[0]
	if len(parts) > 1 {
		req.Name = parts[1]
	}
	if len(parts) > 2 {
		req.Subresource = strings.Join(parts[2:], "/")
	}
}

func (req *Request) resourceVerb() string {
	switch req.HTTP.Method {
	case http.MethodGet, http.MethodHead:
		if watching, _ := strconv.ParseBool(req.Query.Get("watch")); watching {
			return "watch"
		}
		if req.Name == "" {
			return "list"
		}
		return "get"
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		if req.Name == "" {
			return "deletecollection"
		}
		return "delete"
	}
	return strings.ToLower(req.HTTP.Method)
}

// GroupResource is the resource that the request is about.
func (req *Request) GroupResource() schema.GroupResource {
	return schema.GroupResource{Group: req.Group, Resource: req.Resource}
}

// ObjectNamespace is the namespace that the object is in, which for a
// namespace itself is none.
func (req *Request) ObjectNamespace() string {
	if req.GroupResource() == gvr.Namespaces.GroupResource() {
		return ""
	}
	return req.Namespace
}

// String names the request as calls and faults name it: resource, group and
// subresource, such as "daemonsets.apps" and "pods/log".
func (req *Request) String() string {
	if !req.IsResource {
		return req.Path
	}
	text := req.GroupResource().String()
	if req.Subresource != "" {
		text += "/" + req.Subresource
	}
	return text
}

// Flag is a boolean query parameter.
func (req *Request) Flag(name string) bool {
	value, _ := strconv.ParseBool(req.Query.Get(name))
	return value
}

// Manager is the field manager: as the request says, or the client's name.
func (req *Request) Manager() string {
	if name := req.Query.Get("fieldManager"); name != "" {
		return name
	}
	name, _, _ := strings.Cut(req.HTTP.UserAgent(), "/")
	if name == "" {
		return "unknown"
	}
	return name
}

// Attributes are what a decision about the request is made of.
func (req *Request) Attributes() access.Attributes {
	return access.Attributes{
		User:        req.User,
		Verb:        req.Verb,
		Group:       req.Group,
		Resource:    req.Resource,
		Subresource: req.Subresource,
		Namespace:   req.Namespace,
		Name:        req.Name,
	}
}

// IsReview reports whether the request asks the server about its own rules.
func (req *Request) IsReview() bool {
	return strings.HasPrefix(req.Resource, "selfsubject") &&
		(req.Group == authorizationv1.GroupName || req.Group == authenticationv1.GroupName)
}

// IsMutating reports whether the request would change the cluster.
func (req *Request) IsMutating() bool {
	if !req.IsResource || req.DryRun || req.IsReview() {
		return false
	}
	switch req.Verb {
	case "update", "patch", "delete", "deletecollection":
		return true
	case "create":
		return !slices.Contains([]string{"portforward", "exec", "attach", "proxy"}, req.Subresource)
	}
	return false
}

// FieldValidation is what to do about fields that the type does not have.
func (req *Request) FieldValidation() string {
	if directive := req.Query.Get("fieldValidation"); directive != "" {
		return directive
	}
	return metav1.FieldValidationWarn
}
