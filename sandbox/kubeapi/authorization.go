package kubeapi

import (
	"fmt"
	"path"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Attributes are what a decision about a request is made of.
type Attributes struct {
	User        User
	Verb        string
	Group       string
	Resource    string
	Subresource string
	Namespace   string
	Name        string
}

// An Authorizer says whether a user may do something and, if it has more to say
// than that, why. It decides both on requests and on SelfSubjectAccessReviews.
type Authorizer func(a Attributes) (allowed bool, reason string)

// A DenyRule refuses what it matches. Each field is a glob (path.Match, and "*"
// matches everything); an empty field matches everything too.
type DenyRule struct {
	User      string // name of the user
	Verb      string
	Resource  string // such as "pods", "daemonsets.apps", "*.vpcresources.k8s.aws"; a subresource only as "pods/log"
	Namespace string
	Name      string
}

// Deny allows everything but what a rule matches. As in a real cluster, no
// rule binds the group system:masters.
func Deny(rules ...DenyRule) Authorizer {
	return func(a Attributes) (bool, string) {
		if slices.Contains(a.User.Groups, groupMasters) {
			return true, ""
		}
		for _, rule := range rules {
			if rule.matches(a) {
				return false, ""
			}
		}
		return true, ""
	}
}

func (rule DenyRule) matches(a Attributes) bool {
	return globMatches(rule.User, a.User.Name) &&
		globMatches(rule.Verb, a.Verb) &&
		globMatches(rule.Resource, a.resource()) &&
		globMatches(rule.Namespace, a.Namespace) &&
		globMatches(rule.Name, a.Name)
}

// resource names the resource as kubectl does, with group and subresource.
func (a Attributes) resource() string {
	text := a.Resource
	if a.Group != "" {
		text += "." + a.Group
	}
	if a.Subresource != "" {
		text += "/" + a.Subresource
	}
	return text
}

// globMatches matches a glob, of which "" and "*" match everything. A malformed
// glob matches nothing.
func globMatches(glob, text string) bool {
	if glob == "" || glob == "*" {
		return true
	}
	matched, err := path.Match(glob, text)
	return err == nil && matched
}

func (s *Server) allowed(a Attributes) (bool, string) {
	if s.config.Authorize == nil {
		return true, ""
	}
	return s.config.Authorize(a)
}

// authorize refuses a request that its user may not make, in the words of the
// RBAC authorizer.
func (s *Server) authorize(req *request) error {
	a := Attributes{
		User:        req.user,
		Verb:        req.verb,
		Group:       req.group,
		Resource:    req.resource,
		Subresource: req.subresource,
		Namespace:   req.namespace,
		Name:        req.name,
	}
	allowed, reason := s.allowed(a)
	if allowed {
		return nil
	}
	return forbidden(req.groupResource(), a, reason)
}

// forbidden is the refusal in the words of the RBAC authorizer.
func forbidden(resourceOf schema.GroupResource, a Attributes, reason string) error {
	resource := a.Resource
	if a.Subresource != "" {
		resource += "/" + a.Subresource
	}
	scope := " at the cluster scope"
	if a.Namespace != "" {
		scope = fmt.Sprintf(" in the namespace %q", a.Namespace)
	}
	if reason != "" {
		reason = ": " + reason
	}
	return apierrors.NewForbidden(resourceOf, a.Name, fmt.Errorf(
		"User %q cannot %s resource %q in API group %q%s%s", a.User.Name, a.Verb, resource, a.Group, scope, reason))
}
