package discovery

import (
	"maps"
	"slices"
	"strings"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Reviews are served without being stored: a request creates one and
// gets it back answered.
var Reviews = map[string]map[string]string{
	authorizationv1.GroupName: {
		"selfsubjectaccessreviews": "SelfSubjectAccessReview",
		"selfsubjectrulesreviews":  "SelfSubjectRulesReview",
	},
	authenticationv1.GroupName: {
		"selfsubjectreviews": "SelfSubjectReview",
	},
}

// reviewsOf lists the reviews of a group.
func reviewsOf(group string) []apidiscoveryv2.APIResourceDiscovery {
	var listed []apidiscoveryv2.APIResourceDiscovery
	for _, name := range slices.Sorted(maps.Keys(Reviews[group])) {
		kind := Reviews[group][name]
		listed = append(listed, apidiscoveryv2.APIResourceDiscovery{
			Resource:         name,
			SingularResource: strings.ToLower(kind),
			Verbs:            []string{"create"},
			Scope:            apidiscoveryv2.ScopeCluster,
			ResponseKind:     &metav1.GroupVersionKind{Group: group, Version: "v1", Kind: kind},
		})
	}
	return listed
}
