package access

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
		if slices.Contains(a.User.Groups, GroupMasters) {
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
	return GlobMatches(rule.User, a.User.Name) &&
		GlobMatches(rule.Verb, a.Verb) &&
		GlobMatches(rule.Resource, a.resource()) &&
		GlobMatches(rule.Namespace, a.Namespace) &&
		GlobMatches(rule.Name, a.Name)
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

// GlobMatches matches a glob, of which "" and "*" match everything. A malformed
// glob matches nothing.
func GlobMatches(glob, text string) bool {
	if glob == "" || glob == "*" {
		return true
	}
	matched, err := path.Match(glob, text)
	return err == nil && matched
}

// Check refuses what its user may not do, in the words of the RBAC authorizer.
func (authorize Authorizer) Check(a Attributes) error {
	allowed, reason := authorize(a)
	if allowed {
		return nil
	}
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
	return apierrors.NewForbidden(schema.GroupResource{Group: a.Group, Resource: a.Resource}, a.Name, fmt.Errorf(
		"User %q cannot %s resource %q in API group %q%s%s", a.User.Name, a.Verb, resource, a.Group, scope, reason))
}
