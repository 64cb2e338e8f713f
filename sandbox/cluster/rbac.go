package cluster

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// The components that need a permission which users are known to take away ask
// for it here, as their requests would be checked by the real API server.

// allowed evaluates the cluster roles bound to a subject.
func allowed(b *Base, who rbacv1.Subject, verb, group, resource string) bool {
	for _, binding := range b.clusterRoleBindings.all() {
		if !slices.ContainsFunc(binding.Subjects, func(s rbacv1.Subject) bool {
			return s.Kind == who.Kind && s.Name == who.Name && s.Namespace == who.Namespace
		}) {
			continue
		}
		role, ok := b.clusterRoles.get("", binding.RoleRef.Name)
		if ok && slices.ContainsFunc(role.Rules, func(r rbacv1.PolicyRule) bool {
			return matchesAny(r.Verbs, verb) && matchesAny(r.APIGroups, group) && matchesAny(r.Resources, resource)
		}) {
			return true
		}
	}
	return false
}

func matchesAny(list []string, want string) bool {
	return slices.Contains(list, want) || slices.Contains(list, "*")
}
