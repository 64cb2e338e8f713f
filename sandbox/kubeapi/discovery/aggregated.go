package discovery

import (
	"cmp"
	"slices"
	"strings"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"

	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/resource"
)

func wantsAggregated(req *request.Request) bool {
	for _, accepted := range strings.Split(req.HTTP.Header.Get("Accept"), ",") {
		if strings.Contains(accepted, "as=APIGroupDiscoveryList") && strings.Contains(accepted, "v=v2") &&
			!strings.Contains(accepted, "v=v2beta1") && strings.Contains(accepted, "application/json") {
			return true
		}
	}
	return false
}

// aggregatedDiscovery lists everything in one document: the core group, or all
// the others.
func (h *Handler) aggregatedDiscovery(core bool) apidiscoveryv2.APIGroupDiscoveryList {
	list := apidiscoveryv2.APIGroupDiscoveryList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"},
	}
	add := func(gv schema.GroupVersion, resource apidiscoveryv2.APIResourceDiscovery) {
		version := versionOf(groupOf(&list, gv.Group), gv.Version)
		version.Resources = append(version.Resources, resource)
	}
	for _, r := range SortedResources(h.Resources()) {
		if (r.GVR.Group == "") == core {
			add(r.GVR.GroupVersion(), discoveryOf(r))
		}
	}
	if core {
		return list
	}
	for group := range Reviews {
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

func discoveryOf(r *resource.Resource) apidiscoveryv2.APIResourceDiscovery {
	out := apidiscoveryv2.APIResourceDiscovery{
		Resource:         r.GVR.Resource,
		SingularResource: r.Singular(),
		ShortNames:       r.ShortNames,
		Categories:       r.Categories,
		Scope:            apidiscoveryv2.ScopeCluster,
	}
	if r.Namespaced {
		out.Scope = apidiscoveryv2.ScopeNamespace
	}
	for _, e := range Endpoints(r) {
		kind := e.kind(r)
		response := &metav1.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind}
		if e.Subresource == "" {
			out.ResponseKind, out.Verbs = response, e.Verbs
			continue
		}
		out.Subresources = append(out.Subresources, apidiscoveryv2.APISubresourceDiscovery{
			Subresource: e.Subresource, ResponseKind: response, Verbs: e.Verbs,
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
