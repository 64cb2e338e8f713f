package cluster

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/kubeapi/access"
)

// The components that need a permission which users are known to take away ask
// for it here, as their requests would be checked by the real API server.

const awsNodeUser = "system:serviceaccount:kube-system:aws-node"

var awsNodeActor = actor{manager: "aws-node", user: access.User{Name: awsNodeUser, Groups: []string{"system:serviceaccounts", "system:authenticated"}}}

func addSecurityGroupsFeature(n *unstructured.Unstructured) error {
	return addFeature(n, securityGroupsForPods)
}

// mayPatchCNINodes says whether the VPC CNI may tell what its node needs.
func (c *Cluster) mayPatchCNINodes() bool {
	return c.allowed(rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: systemNamespace, Name: cniDaemonSet},
		"patch", "vpcresources.k8s.aws", "cninodes")
}

// mayAnnotate says whether the VPC resource controller may write a pod's
// annotation. Amazon EKS grants it through a cluster role, and the controller
// works only with its role in kube-system.
func (c *Cluster) mayAnnotate(string) bool {
	_, role := c.roles.get(systemNamespace, controllerRole)
	_, binding := c.roleBindings.get(systemNamespace, controllerRoleBinding)
	return role && binding &&
		c.allowed(rbacv1.Subject{Kind: rbacv1.UserKind, Name: resourceControllerUser}, "patch", "", "pods")
}

// allowed evaluates the cluster roles bound to a subject.
func (c *Cluster) allowed(who rbacv1.Subject, verb, group, resource string) bool {
	for _, b := range c.clusterRoleBindings.all() {
		if !slices.ContainsFunc(b.Subjects, func(s rbacv1.Subject) bool {
			return s.Kind == who.Kind && s.Name == who.Name && s.Namespace == who.Namespace
		}) {
			continue
		}
		role, ok := c.clusterRoles.get("", b.RoleRef.Name)
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
