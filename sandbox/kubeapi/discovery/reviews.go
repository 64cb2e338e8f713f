package discovery

import (
	"cmp"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func reviewAPIResources(gv schema.GroupVersion) []metav1.APIResource {
	var listed []metav1.APIResource
	if gv.Version != "v1" {
		return nil
	}
	for name, kind := range Reviews[gv.Group] {
		listed = append(listed, metav1.APIResource{Name: name, SingularName: strings.ToLower(kind), Kind: kind, Verbs: []string{"create"}})
	}
	slices.SortFunc(listed, func(a, b metav1.APIResource) int { return cmp.Compare(a.Name, b.Name) })
	return listed
}

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
