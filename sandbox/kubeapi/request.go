package kubeapi

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
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A request is one API request, taken apart.
type request struct {
	http  *http.Request
	path  string // without a trailing slash
	query url.Values
	user  User

	// isResource says that the path is one of objects; then the rest is set.
	isResource  bool
	verb        string
	group       string
	version     string
	namespace   string
	resource    string
	name        string
	subresource string
	dryRun      bool
}

// optionsKinds are what the parameters of a method's requests are called.
var optionsKinds = map[string]string{
	http.MethodPost: "CreateOptions", http.MethodPut: "UpdateOptions", http.MethodPatch: "PatchOptions", http.MethodDelete: "DeleteOptions",
}

// parseRequest takes a request apart.
func parseRequest(r *http.Request) (*request, error) {
	req := &request{http: r, path: strings.TrimSuffix(r.URL.Path, "/"), query: r.URL.Query()}
	req.parsePath()
	req.verb = strings.ToLower(r.Method)
	if req.isResource {
		req.verb = req.resourceVerb()
	}
	for _, value := range req.query["dryRun"] {
		if value != metav1.DryRunAll {
			return nil, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: optionsKinds[r.Method]}, "", field.ErrorList{
				field.NotSupported(field.NewPath("dryRun"), req.query["dryRun"], []string{metav1.DryRunAll}),
			})
		}
		req.dryRun = true
	}
	return req, nil
}

// parsePath finds group, version, namespace, resource, name and subresource in
// /api/v1/… and /apis/group/version/….
func (req *request) parsePath() {
	parts := strings.Split(strings.Trim(req.path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		req.version, parts = parts[1], parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		req.group, req.version, parts = parts[1], parts[2], parts[3:]
	default:
		return
	}
	if parts[0] == "namespaces" && len(parts) > 1 {
		req.namespace = parts[1]
		// A namespace's own subresources are not resources in it.
		if len(parts) > 2 && parts[2] != "status" && parts[2] != "finalize" {
			parts = parts[2:]
		}
	}
	req.isResource = true
	req.resource = parts[0]
	if len(parts) > 1 {
		req.name = parts[1]
	}
	if len(parts) > 2 {
		req.subresource = strings.Join(parts[2:], "/")
	}
}

func (req *request) resourceVerb() string {
	switch req.http.Method {
	case http.MethodGet, http.MethodHead:
		if watching, _ := strconv.ParseBool(req.query.Get("watch")); watching {
			return "watch"
		}
		if req.name == "" {
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
		if req.name == "" {
			return "deletecollection"
		}
		return "delete"
	}
	return strings.ToLower(req.http.Method)
}

func (req *request) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: req.group, Resource: req.resource}
}

// objectNamespace is the namespace that the object is in, which for a
// namespace itself is none.
func (req *request) objectNamespace() string {
	if req.groupResource() == Namespaces.GroupResource() {
		return ""
	}
	return req.namespace
}

// String names the request as calls and faults name it: resource, group and
// subresource, such as "daemonsets.apps" and "pods/log".
func (req *request) String() string {
	if !req.isResource {
		return req.path
	}
	text := req.groupResource().String()
	if req.subresource != "" {
		text += "/" + req.subresource
	}
	return text
}

// flag is a boolean query parameter.
func (req *request) flag(name string) bool {
	value, _ := strconv.ParseBool(req.query.Get(name))
	return value
}

// manager is the field manager: as the request says, or the client's name.
func (req *request) manager() string {
	if name := req.query.Get("fieldManager"); name != "" {
		return name
	}
	name, _, _ := strings.Cut(req.http.UserAgent(), "/")
	if name == "" {
		return "unknown"
	}
	return name
}

// attributes are what a decision about the request is made of.
func (req *request) attributes() Attributes {
	return Attributes{
		User:        req.user,
		Verb:        req.verb,
		Group:       req.group,
		Resource:    req.resource,
		Subresource: req.subresource,
		Namespace:   req.namespace,
		Name:        req.name,
	}
}

// isReview reports whether the request asks the server about its own rules.
func (req *request) isReview() bool {
	return strings.HasPrefix(req.resource, "selfsubject") &&
		(req.group == authorizationv1.GroupName || req.group == authenticationv1.GroupName)
}

// isMutating reports whether the request would change the cluster.
func (req *request) isMutating() bool {
	if !req.isResource || req.dryRun || req.isReview() {
		return false
	}
	switch req.verb {
	case "update", "patch", "delete", "deletecollection":
		return true
	case "create":
		return !slices.Contains([]string{"portforward", "exec", "attach", "proxy"}, req.subresource)
	}
	return false
}
