// Package discovery tells clients what a server has: groups, versions, resources
// and their OpenAPI documents.
package discovery

import (
	"net/http"
	"runtime"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	clientdiscovery "k8s.io/client-go/discovery"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/resource"
)

// A Handler tells clients what the server has.
type Handler struct {
	Resources func() []*resource.Resource // what is served
	Version   string                      // the gitVersion
}

// Serve answers the paths that tell what the server has.
func (h *Handler) Serve(w http.ResponseWriter, req *request.Request) error {
	path := req.Path
	switch {
	case path == "/version":
		return codec.WriteJSON(w, http.StatusOK, h.versionInfo())
	case path == "/openapi/v3" || strings.HasPrefix(path, "/openapi/v3/"):
		return h.serveOpenAPI(w, strings.TrimPrefix(strings.TrimPrefix(path, "/openapi/v3"), "/"))
	case path == "/openapi/v2":
		return h.serveOpenAPIV2(w, req)
	case path == "/api" || path == "/apis" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/apis/"):
		return h.serveDiscovery(w, req)
	}
	return apierror.NoSuchResource()
}

// serveDiscovery answers what is under /api and /apis.
func (h *Handler) serveDiscovery(w http.ResponseWriter, req *request.Request) error {
	parts := strings.Split(strings.Trim(req.Path, "/"), "/")
	switch {
	case len(parts) == 1 && wantsAggregated(req):
		w.Header().Set("Content-Type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
		return codec.WriteJSON(w, http.StatusOK, h.aggregatedDiscovery(parts[0] == "api"))
	case req.Path == "/api":
		return codec.WriteJSON(w, http.StatusOK, metav1.APIVersions{
			TypeMeta:                   metav1.TypeMeta{Kind: "APIVersions"},
			Versions:                   []string{"v1"},
			ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: req.HTTP.Host}},
		})
	case req.Path == "/apis":
		groups, _, _ := clientdiscovery.SplitGroupsAndResources(h.aggregatedDiscovery(false))
		groups.TypeMeta = metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}
		return codec.WriteJSON(w, http.StatusOK, groups)
	case parts[0] == "apis" && len(parts) == 2:
		return h.serveGroup(w, parts[1])
	case parts[0] == "api" && len(parts) == 2:
		return h.serveGroupVersion(w, schema.GroupVersion{Version: parts[1]})
	case parts[0] == "apis" && len(parts) == 3:
		return h.serveGroupVersion(w, schema.GroupVersion{Group: parts[1], Version: parts[2]})
	}
	return apierror.NoSuchResource()
}

func (h *Handler) serveGroup(w http.ResponseWriter, name string) error {
	groups, _, _ := clientdiscovery.SplitGroupsAndResources(h.aggregatedDiscovery(false))
	for _, group := range groups.Groups {
		if group.Name == name {
			group.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
			return codec.WriteJSON(w, http.StatusOK, group)
		}
	}
	return apierror.NoSuchResource()
}

func (h *Handler) serveGroupVersion(w http.ResponseWriter, gv schema.GroupVersion) error {
	_, lists, _ := clientdiscovery.SplitGroupsAndResources(h.aggregatedDiscovery(gv.Group == ""))
	list, ok := lists[gv]
	if !ok {
		return apierror.NoSuchResource()
	}
	list.TypeMeta = metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}
	for i := range list.APIResources {
		r := &list.APIResources[i]
		if r.Group == gv.Group && r.Version == gv.Version {
			r.Group, r.Version = "", "" // the list says them
		}
		if strings.Contains(r.Name, "/") {
			r.SingularName = ""
		}
	}
	return codec.WriteJSON(w, http.StatusOK, list)
}

func (h *Handler) versionInfo() version.Info {
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
