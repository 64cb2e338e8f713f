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

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/discovery"
	"podsg/sandbox/kubeapi/request"
)

// serveReview answers what users ask about themselves.
func (s *Server) serveReview(w http.ResponseWriter, req *request.Request) error {
	kind, known := discovery.Reviews[req.Group][req.Resource]
	if !known || req.Verb != "create" || req.Version != "v1" {
		return apierror.NoSuchResource()
	}
	meta := metav1.TypeMeta{Kind: kind, APIVersion: req.Group + "/v1"}
	switch req.Resource {
	case "selfsubjectaccessreviews":
		review := &authorizationv1.SelfSubjectAccessReview{}
		if err := codec.DecodeOptions(req, review); err != nil {
			return err
		}
		if (review.Spec.ResourceAttributes == nil) == (review.Spec.NonResourceAttributes == nil) {
			return apierrors.NewInvalid(schema.GroupKind{Group: authorizationv1.GroupName, Kind: kind}, "", field.ErrorList{
				field.Invalid(field.NewPath("spec", "resourceAttributes"), review.Spec.ResourceAttributes,
					"exactly one of nonResourceAttributes or resourceAttributes must be specified"),
			})
		}
		review.TypeMeta = meta
		review.Status = s.reviewAccess(req.User, review.Spec)
		return codec.WriteJSON(w, http.StatusCreated, review)
	case "selfsubjectrulesreviews":
		review := &authorizationv1.SelfSubjectRulesReview{}
		if err := codec.DecodeOptions(req, review); err != nil {
			return err
		}
		review.TypeMeta = meta
		review.Status = s.reviewRules(req.User, review.Spec.Namespace)
		return codec.WriteJSON(w, http.StatusCreated, review)
	}
	review := &authenticationv1.SelfSubjectReview{TypeMeta: meta}
	review.Status.UserInfo = authenticationv1.UserInfo{Username: req.User.Name, Groups: req.User.Groups}
	return codec.WriteJSON(w, http.StatusCreated, review)
}

func (s *Server) reviewAccess(user access.User, spec authorizationv1.SelfSubjectAccessReviewSpec) authorizationv1.SubjectAccessReviewStatus {
	asked := spec.ResourceAttributes
	if asked == nil {
		return authorizationv1.SubjectAccessReviewStatus{Allowed: spec.NonResourceAttributes != nil}
	}
	allowed, reason := s.config.Authorize(access.Attributes{
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
func (s *Server) reviewRules(user access.User, namespace string) authorizationv1.SubjectRulesReviewStatus {
	status := authorizationv1.SubjectRulesReviewStatus{
		ResourceRules:    []authorizationv1.ResourceRule{},
		NonResourceRules: []authorizationv1.NonResourceRule{{Verbs: []string{"get"}, NonResourceURLs: append([]string{"/api", "/api/*", "/apis", "/apis/*", "/openapi/*"}, access.PublicPaths...)}},
	}
	for _, r := range discovery.SortedResources(s.store.Resources()) {
		for _, served := range discovery.Endpoints(r) {
			var verbs []string
			for _, verb := range served.Verbs {
				attributes := access.Attributes{
					User:        user,
					Verb:        verb,
					Group:       r.GVR.Group,
					Resource:    r.GVR.Resource,
					Subresource: served.Subresource,
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
				APIGroups: []string{r.GVR.Group},
				Resources: []string{served.Path(r)},
			})
		}
	}
	return status
}
