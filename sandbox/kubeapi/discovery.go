package kubeapi

import (
	"cmp"
	"net/http"
	"runtime"
	"slices"
	"strings"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// An endpoint is a resource or one of its subresources, as discovery lists it.
type endpoint struct {
	subresource  string
	verbs        []string
	responseKind schema.GroupVersionKind // when it is not the resource's own
}

func (e endpoint) path(r *resource) string {
	if e.subresource == "" {
		return r.gvr.Resource
	}
	return r.gvr.Resource + "/" + e.subresource
}

func (e endpoint) kind(r *resource) schema.GroupVersionKind {
	if e.responseKind.Kind != "" {
		return e.responseKind
	}
	return r.gvk()
}

// endpoints are the resource and its subresources.
func (r *resource) endpoints() []endpoint {
	all := []endpoint{{verbs: []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}}}
	if r.hasStatus {
		all = append(all, endpoint{subresource: "status", verbs: []string{"get", "patch", "update"}})
	}
	if r.hasScale {
		all = append(all, endpoint{
			subresource:  "scale",
			verbs:        []string{"get", "patch", "update"},
			responseKind: schema.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "Scale"},
		})
	}
	switch r.gvr {
	case Pods:
		all = append(all,
			endpoint{subresource: "binding", verbs: []string{"create"}, responseKind: schema.GroupVersionKind{Version: "v1", Kind: "Binding"}},
			endpoint{subresource: "eviction", verbs: []string{"create"}, responseKind: schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "Eviction"}},
			endpoint{subresource: "log", verbs: []string{"get"}},
			endpoint{subresource: "portforward", verbs: []string{"create", "get"}, responseKind: schema.GroupVersionKind{Version: "v1", Kind: "PodPortForwardOptions"}},
		)
	case Namespaces:
		all = append(all, endpoint{subresource: "finalize", verbs: []string{"update"}})
	}
	return all
}

// sortedResources orders resources by group, version and name, core first.
func sortedResources(resources []*resource) []*resource {
	slices.SortFunc(resources, func(a, b *resource) int {
		return cmp.Or(
			cmp.Compare(a.gvr.Group, b.gvr.Group),
			cmp.Compare(a.gvr.Version, b.gvr.Version),
			cmp.Compare(a.gvr.Resource, b.gvr.Resource),
		)
	})
	return resources
}

// A discoveryHandler tells clients what the server has.
type discoveryHandler struct {
	Resources func() []*resource // what is served
	Version   string             // the gitVersion
}

// Serve answers the paths that tell what the server has.
func (h *discoveryHandler) Serve(w http.ResponseWriter, req *request) error {
	path := req.path
	switch {
	case path == "/version":
		return writeJSON(w, http.StatusOK, h.versionInfo())
	case path == "/openapi/v3" || strings.HasPrefix(path, "/openapi/v3/"):
		return h.serveOpenAPI(w, strings.TrimPrefix(strings.TrimPrefix(path, "/openapi/v3"), "/"))
	case path == "/api" || path == "/apis" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/apis/"):
		return h.serveDiscovery(w, req)
	}
	return errNoSuchResource()
}

// serveDiscovery answers what is under /api and /apis.
func (h *discoveryHandler) serveDiscovery(w http.ResponseWriter, req *request) error {
	parts := strings.Split(strings.Trim(req.path, "/"), "/")
	switch {
	case len(parts) == 1 && wantsAggregated(req):
		w.Header().Set("Content-Type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
		return writeJSON(w, http.StatusOK, h.aggregatedDiscovery(parts[0] == "api"))
	case req.path == "/api":
		return writeJSON(w, http.StatusOK, metav1.APIVersions{
			TypeMeta:                   metav1.TypeMeta{Kind: "APIVersions"},
			Versions:                   []string{"v1"},
			ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: req.http.Host}},
		})
	case req.path == "/apis":
		return writeJSON(w, http.StatusOK, metav1.APIGroupList{
			TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"},
			Groups:   h.groups(),
		})
	case parts[0] == "apis" && len(parts) == 2:
		return h.serveGroup(w, parts[1])
	case parts[0] == "api" && len(parts) == 2:
		return h.serveGroupVersion(w, schema.GroupVersion{Version: parts[1]})
	case parts[0] == "apis" && len(parts) == 3:
		return h.serveGroupVersion(w, schema.GroupVersion{Group: parts[1], Version: parts[2]})
	}
	return errNoSuchResource()
}

func wantsAggregated(req *request) bool {
	for _, accepted := range strings.Split(req.http.Header.Get("Accept"), ",") {
		if strings.Contains(accepted, "as=APIGroupDiscoveryList") && strings.Contains(accepted, "v=v2") &&
			!strings.Contains(accepted, "v=v2beta1") && strings.Contains(accepted, "application/json") {
			return true
		}
	}
	return false
}

func (h *discoveryHandler) serveGroup(w http.ResponseWriter, name string) error {
	for _, group := range h.groups() {
		if group.Name == name {
			group.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
			return writeJSON(w, http.StatusOK, group)
		}
	}
	return errNoSuchResource()
}

// groups are the API groups but the core one.
func (h *discoveryHandler) groups() []metav1.APIGroup {
	var groups []metav1.APIGroup
	for _, listed := range h.aggregatedDiscovery(false).Items {
		group := metav1.APIGroup{Name: listed.Name}
		for _, v := range listed.Versions {
			group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{
				GroupVersion: listed.Name + "/" + v.Version,
				Version:      v.Version,
			})
		}
		group.PreferredVersion = group.Versions[0]
		groups = append(groups, group)
	}
	return groups
}

func (h *discoveryHandler) serveGroupVersion(w http.ResponseWriter, gv schema.GroupVersion) error {
	list := metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: gv.String(),
		APIResources: reviewAPIResources(gv),
	}
	for _, r := range sortedResources(h.Resources()) {
		if r.gvr.GroupVersion() != gv {
			continue
		}
		for _, e := range r.endpoints() {
			kind := e.kind(r)
			listed := metav1.APIResource{Name: e.path(r), Kind: kind.Kind, Namespaced: r.namespaced, Verbs: e.verbs}
			if kind.GroupVersion() != gv {
				listed.Group, listed.Version = kind.Group, kind.Version
			}
			if e.subresource == "" {
				listed.SingularName, listed.ShortNames, listed.Categories = r.singular(), r.shortNames, r.categories
			}
			list.APIResources = append(list.APIResources, listed)
		}
	}
	if len(list.APIResources) == 0 {
		return errNoSuchResource()
	}
	return writeJSON(w, http.StatusOK, list)
}

func reviewAPIResources(gv schema.GroupVersion) []metav1.APIResource {
	var listed []metav1.APIResource
	if gv.Version != "v1" {
		return nil
	}
	for name, kind := range reviewResources[gv.Group] {
		listed = append(listed, metav1.APIResource{Name: name, SingularName: strings.ToLower(kind), Kind: kind, Verbs: []string{"create"}})
	}
	slices.SortFunc(listed, func(a, b metav1.APIResource) int { return cmp.Compare(a.Name, b.Name) })
	return listed
}

// aggregatedDiscovery lists everything in one document: the core group, or all
// the others.
func (h *discoveryHandler) aggregatedDiscovery(core bool) apidiscoveryv2.APIGroupDiscoveryList {
	list := apidiscoveryv2.APIGroupDiscoveryList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"},
	}
	add := func(gv schema.GroupVersion, resource apidiscoveryv2.APIResourceDiscovery) {
		version := versionOf(groupOf(&list, gv.Group), gv.Version)
		version.Resources = append(version.Resources, resource)
	}
	for _, r := range sortedResources(h.Resources()) {
		if (r.gvr.Group == "") == core {
			add(r.gvr.GroupVersion(), discoveryOf(r))
		}
	}
	if core {
		return list
	}
	for group := range reviewResources {
		gv := schema.GroupVersion{Group: group, Version: "v1"}
		for _, review := range reviewAPIResources(gv) {
			add(gv, apidiscoveryv2.APIResourceDiscovery{
				Resource:         review.Name,
				SingularResource: review.SingularName,
				Verbs:            review.Verbs,
				Scope:            apidiscoveryv2.ScopeCluster,
				ResponseKind:     &metav1.GroupVersionKind{Group: group, Version: "v1", Kind: review.Kind},
			})
		}
	}
	slices.SortFunc(list.Items, func(a, b apidiscoveryv2.APIGroupDiscovery) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func discoveryOf(r *resource) apidiscoveryv2.APIResourceDiscovery {
	out := apidiscoveryv2.APIResourceDiscovery{
		Resource:         r.gvr.Resource,
		SingularResource: r.singular(),
		ShortNames:       r.shortNames,
		Categories:       r.categories,
		Scope:            apidiscoveryv2.ScopeCluster,
	}
	if r.namespaced {
		out.Scope = apidiscoveryv2.ScopeNamespace
	}
	for _, e := range r.endpoints() {
		kind := e.kind(r)
		response := &metav1.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind}
		if e.subresource == "" {
			out.ResponseKind, out.Verbs = response, e.verbs
			continue
		}
		out.Subresources = append(out.Subresources, apidiscoveryv2.APISubresourceDiscovery{
			Subresource: e.subresource, ResponseKind: response, Verbs: e.verbs,
		})
	}
	return out
}

func groupOf(list *apidiscoveryv2.APIGroupDiscoveryList, name string) *apidiscoveryv2.APIGroupDiscovery {
	for i := range list.Items {
		if list.Items[i].Name == name {
			return &list.Items[i]
		}
	}
	list.Items = append(list.Items, apidiscoveryv2.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: name}})
	return &list.Items[len(list.Items)-1]
}

func versionOf(group *apidiscoveryv2.APIGroupDiscovery, name string) *apidiscoveryv2.APIVersionDiscovery {
	for i := range group.Versions {
		if group.Versions[i].Version == name {
			return &group.Versions[i]
		}
	}
	group.Versions = append(group.Versions, apidiscoveryv2.APIVersionDiscovery{Version: name, Freshness: apidiscoveryv2.DiscoveryFreshnessCurrent})
	// A release goes before a beta, a beta before an alpha.
	slices.SortStableFunc(group.Versions, func(a, b apidiscoveryv2.APIVersionDiscovery) int {
		return -version.CompareKubeAwareVersionStrings(a.Version, b.Version)
	})
	return versionOf(group, name)
}

func (h *discoveryHandler) versionInfo() version.Info {
	info := version.Info{
		GitVersion:   h.Version,
		GitTreeState: "clean",
		GoVersion:    runtime.Version(),
		Compiler:     runtime.Compiler,
		Platform:     runtime.GOOS + "/" + runtime.GOARCH,
	}
	numbers := strings.SplitN(strings.TrimPrefix(h.Version, "v"), ".", 3)
	if len(numbers) == 3 {
		info.Major, info.Minor = numbers[0], numbers[1]
		if strings.Contains(numbers[2], "-eks-") {
			info.Minor += "+" // as EKS marks its builds
		}
	}
	return info
}
