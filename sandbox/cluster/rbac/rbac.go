// Package rbac evaluates permissions for the components that need one which
// users are known to take away, as the real API server would check their
// requests.
package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"podsg/sandbox/cluster/component"
)

// Allowed evaluates the cluster roles bound to a subject.
func Allowed(b *component.Base, who rbacv1.Subject, verb, group, resource string) bool {
	for _, binding := range b.ClusterRoleBindings.All() {
		if !slices.ContainsFunc(binding.Subjects, func(s rbacv1.Subject) bool {
			return s.Kind == who.Kind && s.Name == who.Name && s.Namespace == who.Namespace
		}) {
			continue
		}
		role, ok := b.ClusterRoles.Get("", binding.RoleRef.Name)
		if ok && slices.ContainsFunc(role.Rules, func(r rbacv1.PolicyRule) bool {
			return MatchesAny(r.Verbs, verb) && MatchesAny(r.APIGroups, group) && MatchesAny(r.Resources, resource)
		}) {
			return true
		}
	}
	return false
}

// MatchesAny says that a list of a rule names something, or everything.
func MatchesAny(list []string, want string) bool {
	return slices.Contains(list, want) || slices.Contains(list, "*")
}
