// Package authorizer decides by the roles and bindings that a store holds.
package authorizer

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// RBAC decides by the roles and bindings that are in a store, as the API
// server's RBAC authorizer does.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/
func RBAC(store *storage.Store) access.Authorizer {
	r := &rbac{
		clusterRoles: storage.NewClient[*rbacv1.ClusterRole](store, gvr.ClusterRoles, ""), roles: storage.NewClient[*rbacv1.Role](store, gvr.Roles, ""),
		clusterBindings: storage.NewClient[*rbacv1.ClusterRoleBinding](store, gvr.ClusterRoleBindings, ""), bindings: storage.NewClient[*rbacv1.RoleBinding](store, gvr.RoleBindings, ""),
	}
	return func(a access.Attributes) (bool, string) { return r.allows(a), "" }
}

type rbac struct {
	clusterRoles    *storage.Client[*rbacv1.ClusterRole]
	roles           *storage.Client[*rbacv1.Role]
	clusterBindings *storage.Client[*rbacv1.ClusterRoleBinding]
	bindings        *storage.Client[*rbacv1.RoleBinding]
}

func (r *rbac) allows(a access.Attributes) bool {
	if slices.Contains(a.User.Groups, access.GroupMasters) {
		return true
	}
	clusterBindings, err := r.clusterBindings.List("", storage.Selector{})
	if err != nil {
		return false
	}
	for _, b := range clusterBindings {
		if bindsUser(b.Subjects, "", a.User) && r.roleAllows("", b.RoleRef, a) {
			return true
		}
	}
	if a.Namespace == "" {
		return false
	}
	bindings, err := r.bindings.List(a.Namespace, storage.Selector{})
	if err != nil {
		return false
	}
	for _, b := range bindings {
		if bindsUser(b.Subjects, b.Namespace, a.User) && r.roleAllows(b.Namespace, b.RoleRef, a) {
			return true
		}
	}
	return false
}

func bindsUser(subjects []rbacv1.Subject, namespace string, u access.User) bool {
	return slices.ContainsFunc(subjects, func(s rbacv1.Subject) bool {
		switch s.Kind {
		case rbacv1.UserKind:
			return s.Name == u.Name
		case rbacv1.GroupKind:
			return slices.Contains(u.Groups, s.Name)
		case rbacv1.ServiceAccountKind:
			if s.Namespace != "" {
				namespace = s.Namespace
			}
			return u.Name == access.ServiceAccountName(namespace, s.Name)
		}
		return false
	})
}

// roleAllows looks a role up and asks its rules. A role that is not there
// allows nothing.
func (r *rbac) roleAllows(namespace string, ref rbacv1.RoleRef, a access.Attributes) bool {
	var rules []rbacv1.PolicyRule
	if ref.Kind == "ClusterRole" {
		if role, err := r.clusterRoles.Get("", ref.Name); err == nil {
			rules = role.Rules
		}
	} else if role, err := r.roles.Get(namespace, ref.Name); err == nil {
		rules = role.Rules
	}
	return slices.ContainsFunc(rules, func(rule rbacv1.PolicyRule) bool { return ruleAllows(rule, a) })
}

func ruleAllows(rule rbacv1.PolicyRule, a access.Attributes) bool {
	has := func(list []string, value string) bool {
		return slices.Contains(list, rbacv1.ResourceAll) || slices.Contains(list, value)
	}
	resource := a.Resource
	if a.Subresource != "" {
		resource += "/" + a.Subresource
	}
	return has(rule.Verbs, a.Verb) && has(rule.APIGroups, a.Group) &&
		(has(rule.Resources, resource) || a.Subresource != "" && slices.Contains(rule.Resources, "*/"+a.Subresource)) &&
		(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, a.Name))
}
