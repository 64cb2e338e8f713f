package kubeapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
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

func (s *Server) parseRequest(r *http.Request) (*request, error) {
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

func (req *request) writeOptions() writeOptions {
	return writeOptions{
		manager:     req.manager(),
		user:        req.user,
		dryRun:      req.dryRun,
		force:       req.flag("force"),
		subresource: req.subresource,
	}
}

// selector reads the label and field selectors. The name in the path of a
// watch is one more field.
func (req *request) selector(r *resource) (Selector, error) {
	var selector Selector
	var err error
	if selector.Labels, err = labels.Parse(req.query.Get("labelSelector")); err != nil {
		return selector, apierrors.NewBadRequest(err.Error())
	}
	if selector.Fields, err = fields.ParseSelector(req.query.Get("fieldSelector")); err != nil {
		return selector, apierrors.NewBadRequest(err.Error())
	}
	for _, requirement := range selector.Fields.Requirements() {
		if !r.selectable(requirement.Field) {
			return selector, apierrors.NewBadRequest("field label not supported: " + requirement.Field)
		}
	}
	if r.alias != nil {
		selector.Fields, err = selector.Fields.Transform(func(field, value string) (string, string, error) {
			if stored, ok := r.alias.fields[field]; ok {
				return stored, value, nil
			}
			return field, value, nil
		})
		if err != nil {
			return selector, apierrors.NewBadRequest(err.Error())
		}
	}
	if req.name != "" {
		selector.Fields = fields.AndSelectors(selector.Fields, fields.OneTermEqualSelector("metadata.name", req.name))
	}
	return selector, nil
}

func (req *request) listOptions(r *resource) (listOptions, error) {
	selector, err := req.selector(r)
	if err != nil {
		return listOptions{}, err
	}
	opts := listOptions{
		namespace: req.objectNamespace(),
		selector:  selector,
		token:     req.query.Get("continue"),
		version:   req.query.Get("resourceVersion"),
		match:     metav1.ResourceVersionMatch(req.query.Get("resourceVersionMatch")),
	}
	if limit := req.query.Get("limit"); limit != "" {
		if opts.limit, err = strconv.ParseInt(limit, 10, 64); err != nil {
			return listOptions{}, apierrors.NewBadRequest(fmt.Sprintf("limit %q is not a number", limit))
		}
	}
	return opts, checkVersionMatch(opts, req.verb == "watch")
}

func checkVersionMatch(opts listOptions, watching bool) error {
	invalid := func(e *field.Error) error {
		return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", field.ErrorList{e})
	}
	at := field.NewPath("resourceVersionMatch")
	known := []metav1.ResourceVersionMatch{metav1.ResourceVersionMatchExact, metav1.ResourceVersionMatchNotOlderThan}
	switch {
	case opts.match == "" || watching:
		return nil
	case opts.version == "":
		return invalid(field.Forbidden(at, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
	case opts.token != "":
		return invalid(field.Forbidden(at, "resourceVersionMatch is forbidden when continue is provided"))
	case !slices.Contains(known, opts.match):
		return invalid(field.NotSupported(at, opts.match, known))
	case opts.match == metav1.ResourceVersionMatchExact && opts.version == "0":
		return invalid(field.Forbidden(at, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
	}
	return nil
}
