package kubeapi

import (
	"net/http"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// reviewResources are served without being stored: a request creates one and
// gets it back answered.
var reviewResources = map[string]map[string]string{
	authorizationv1.GroupName: {
		"selfsubjectaccessreviews": "SelfSubjectAccessReview",
		"selfsubjectrulesreviews":  "SelfSubjectRulesReview",
	},
	authenticationv1.GroupName: {
		"selfsubjectreviews": "SelfSubjectReview",
	},
}

// serveReview answers what users ask about themselves.
func (s *Server) serveReview(w http.ResponseWriter, req *request) error {
	kind, known := reviewResources[req.group][req.resource]
	if !known || req.verb != "create" || req.version != "v1" {
		return errNoSuchResource()
	}
	meta := metav1.TypeMeta{Kind: kind, APIVersion: req.group + "/v1"}
	switch req.resource {
	case "selfsubjectaccessreviews":
		review := &authorizationv1.SelfSubjectAccessReview{}
		if err := decodeOptions(req, review); err != nil {
			return err
		}
		if (review.Spec.ResourceAttributes == nil) == (review.Spec.NonResourceAttributes == nil) {
			return apierrors.NewInvalid(schema.GroupKind{Group: authorizationv1.GroupName, Kind: kind}, "", field.ErrorList{
				field.Invalid(field.NewPath("spec", "resourceAttributes"), review.Spec.ResourceAttributes,
					"exactly one of nonResourceAttributes or resourceAttributes must be specified"),
			})
		}
		review.TypeMeta = meta
		review.Status = s.reviewAccess(req.user, review.Spec)
		return writeJSON(w, http.StatusCreated, review)
	case "selfsubjectrulesreviews":
		review := &authorizationv1.SelfSubjectRulesReview{}
		if err := decodeOptions(req, review); err != nil {
			return err
		}
		review.TypeMeta = meta
		review.Status = s.reviewRules(req.user, review.Spec.Namespace)
		return writeJSON(w, http.StatusCreated, review)
	}
	review := &authenticationv1.SelfSubjectReview{TypeMeta: meta}
	review.Status.UserInfo = authenticationv1.UserInfo{Username: req.user.Name, Groups: req.user.Groups}
	return writeJSON(w, http.StatusCreated, review)
}

func (s *Server) reviewAccess(user User, spec authorizationv1.SelfSubjectAccessReviewSpec) authorizationv1.SubjectAccessReviewStatus {
	asked := spec.ResourceAttributes
	if asked == nil {
		return authorizationv1.SubjectAccessReviewStatus{Allowed: spec.NonResourceAttributes != nil}
	}
	allowed, reason := s.config.Authorize(Attributes{
		User:        user,
		Verb:        asked.Verb,
		Group:       asked.Group,
		Resource:    asked.Resource,
		Subresource: asked.Subresource,
		Namespace:   asked.Namespace,
		Name:        asked.Name,
	})
	return authorizationv1.SubjectAccessReviewStatus{Allowed: allowed, Reason: reason}
}

// reviewRules lists what the user may do in a namespace, by asking for every
// verb on everything served.
func (s *Server) reviewRules(user User, namespace string) authorizationv1.SubjectRulesReviewStatus {
	status := authorizationv1.SubjectRulesReviewStatus{
		ResourceRules:    []authorizationv1.ResourceRule{},
		NonResourceRules: []authorizationv1.NonResourceRule{{Verbs: []string{"get"}, NonResourceURLs: append([]string{"/api", "/api/*", "/apis", "/apis/*", "/openapi/*"}, PublicPaths...)}},
	}
	for _, r := range sortedResources(s.store.resources()) {
		for _, served := range r.endpoints() {
			var verbs []string
			for _, verb := range served.verbs {
				attributes := Attributes{
					User:        user,
					Verb:        verb,
					Group:       r.gvr.Group,
					Resource:    r.gvr.Resource,
					Subresource: served.subresource,
					Namespace:   namespace,
				}
				if allowed, _ := s.config.Authorize(attributes); allowed {
					verbs = append(verbs, verb)
				}
			}
			if len(verbs) == 0 {
				continue
			}
			slices.Sort(verbs)
			status.ResourceRules = append(status.ResourceRules, authorizationv1.ResourceRule{
				Verbs:     verbs,
				APIGroups: []string{r.gvr.Group},
				Resources: []string{served.path(r)},
			})
		}
	}
	return status
}
