package discovery

import (
	"cmp"
	"maps"
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
	resources := map[schema.GroupVersion][]apidiscoveryv2.APIResourceDiscovery{}
	for _, r := range SortedResources(h.Resources()) {
		if (r.GVR.Group == "") == core {
			gv := r.GVR.GroupVersion()
			resources[gv] = append(resources[gv], discoveryOf(r))
		}
	}
	if !core {
		for group := range Reviews {
			resources[schema.GroupVersion{Group: group, Version: "v1"}] = reviewsOf(group)
		}
	}
	list := apidiscoveryv2.APIGroupDiscoveryList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"},
	}
	for _, gv := range slices.SortedFunc(maps.Keys(resources), byGroupAndVersion) {
		if n := len(list.Items); n == 0 || list.Items[n-1].Name != gv.Group {
			list.Items = append(list.Items, apidiscoveryv2.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: gv.Group}})
		}
		group := &list.Items[len(list.Items)-1]
		group.Versions = append(group.Versions, apidiscoveryv2.APIVersionDiscovery{
			Version: gv.Version, Resources: resources[gv], Freshness: apidiscoveryv2.DiscoveryFreshnessCurrent,
		})
	}
	return list
}

// byGroupAndVersion orders versions within their group: a release goes before a
// beta, a beta before an alpha.
func byGroupAndVersion(a, b schema.GroupVersion) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), -version.CompareKubeAwareVersionStrings(a.Version, b.Version))
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
