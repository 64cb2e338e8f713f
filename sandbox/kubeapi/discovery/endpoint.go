package discovery

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// An Endpoint is a resource or one of its subresources, as discovery lists it.
type Endpoint struct {
	Subresource  string
	Verbs        []string
	responseKind schema.GroupVersionKind // when it is not the resource's own
}

// Path is the endpoint's name, such as "pods/log".
func (e Endpoint) Path(r *resource.Resource) string {
	if e.Subresource == "" {
		return r.GVR.Resource
	}
	return r.GVR.Resource + "/" + e.Subresource
}

func (e Endpoint) kind(r *resource.Resource) schema.GroupVersionKind {
	if e.responseKind.Kind != "" {
		return e.responseKind
	}
	return r.GVK()
}

// Endpoints are the resource and its subresources.
func Endpoints(r *resource.Resource) []Endpoint {
	all := []Endpoint{{Verbs: []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}}}
	if r.HasStatus {
		all = append(all, Endpoint{Subresource: "status", Verbs: []string{"get", "patch", "update"}})
	}
	if r.HasScale {
		all = append(all, Endpoint{
			Subresource:  "scale",
			Verbs:        []string{"get", "patch", "update"},
			responseKind: schema.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "Scale"},
		})
	}
	switch r.GVR {
	case gvr.Pods:
		all = append(all,
			Endpoint{Subresource: "binding", Verbs: []string{"create"}, responseKind: schema.GroupVersionKind{Version: "v1", Kind: "Binding"}},
			Endpoint{Subresource: "eviction", Verbs: []string{"create"}, responseKind: schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "Eviction"}},
			Endpoint{Subresource: "log", Verbs: []string{"get"}},
			Endpoint{Subresource: "portforward", Verbs: []string{"create", "get"}, responseKind: schema.GroupVersionKind{Version: "v1", Kind: "PodPortForwardOptions"}},
		)
	case gvr.Namespaces:
		all = append(all, Endpoint{Subresource: "finalize", Verbs: []string{"update"}})
	}
	return all
}

// SortedResources orders resources by group, version and name, core first.
func SortedResources(resources []*resource.Resource) []*resource.Resource {
	slices.SortFunc(resources, func(a, b *resource.Resource) int {
		return cmp.Or(
			cmp.Compare(a.GVR.Group, b.GVR.Group),
			cmp.Compare(a.GVR.Version, b.GVR.Version),
			cmp.Compare(a.GVR.Resource, b.GVR.Resource),
		)
	})
	return resources
}
