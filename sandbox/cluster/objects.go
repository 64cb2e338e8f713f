package cluster

import (
	"context"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/kubeapi"
)

// objects are the cluster's objects, as the components see them. A resource that
// a component is to work with is added here, in the struct and in newObjects.
type objects struct {
	namespaces  *kind[*corev1.Namespace]
	nodes       *kind[*corev1.Node]
	pods        *kind[*corev1.Pod]
	secrets     *kind[*corev1.Secret]
	configMaps  *kind[*corev1.ConfigMap]
	accounts    *kind[*corev1.ServiceAccount]
	services    *kind[*corev1.Service]
	endpoints   *kind[*corev1.Endpoints]
	slices      *kind[*discoveryv1.EndpointSlice]
	daemonSets  *kind[*appsv1.DaemonSet]
	deployments *kind[*appsv1.Deployment]
	replicaSets *kind[*appsv1.ReplicaSet]
	revisions   *kind[*appsv1.ControllerRevision]
	jobs        *kind[*batchv1.Job]
	leases      *kind[*coordinationv1.Lease]
	quotas      *kind[*corev1.ResourceQuota]

	clusterRoles        *kind[*rbacv1.ClusterRole]
	clusterRoleBindings *kind[*rbacv1.ClusterRoleBinding]
	roles               *kind[*rbacv1.Role]
	roleBindings        *kind[*rbacv1.RoleBinding]
	mutatingWebhooks    *kind[*admissionregistrationv1.MutatingWebhookConfiguration]
	validatingWebhooks  *kind[*admissionregistrationv1.ValidatingWebhookConfiguration]
	definitions         *kind[*unstructured.Unstructured]
	cniNodes            *kind[*unstructured.Unstructured]
	policies            *kind[*unstructured.Unstructured]

	followers []func(context.Context)
	changes   []func(func())
	creators  []creator
}

// A creator makes an object if it is of its kind.
type creator func(a actor, obj runtime.Object) (ok bool, err error)

func newObjects(b *Base) *objects {
	o := &objects{}
	add(b, o, &o.namespaces, kubeapi.Namespaces, nil)
	add(b, o, &o.nodes, kubeapi.Nodes, nil)
	add(b, o, &o.pods, kubeapi.Pods, map[string]func(*corev1.Pod) []string{
		byNode:  func(p *corev1.Pod) []string { return []string{p.Spec.NodeName} },
		byOwner: ownerIndex[*corev1.Pod],
	})
	add(b, o, &o.secrets, kubeapi.Secrets, nil)
	add(b, o, &o.configMaps, kubeapi.ConfigMaps, nil)
	add(b, o, &o.accounts, kubeapi.ServiceAccounts, nil)
	add(b, o, &o.services, kubeapi.Services, nil)
	add(b, o, &o.endpoints, kubeapi.Endpoints, nil)
	add(b, o, &o.slices, kubeapi.EndpointSlices, owned[*discoveryv1.EndpointSlice]())
	add(b, o, &o.daemonSets, kubeapi.DaemonSets, nil)
	add(b, o, &o.deployments, kubeapi.Deployments, nil)
	add(b, o, &o.replicaSets, kubeapi.ReplicaSets, owned[*appsv1.ReplicaSet]())
	add(b, o, &o.revisions, kubeapi.ControllerRevisions, owned[*appsv1.ControllerRevision]())
	add(b, o, &o.jobs, kubeapi.Jobs, nil)
	add(b, o, &o.leases, kubeapi.Leases, nil)
	add(b, o, &o.quotas, kubeapi.ResourceQuotas, nil)
	add(b, o, &o.clusterRoles, kubeapi.ClusterRoles, nil)
	add(b, o, &o.clusterRoleBindings, kubeapi.ClusterRoleBindings, nil)
	add(b, o, &o.roles, kubeapi.Roles, nil)
	add(b, o, &o.roleBindings, kubeapi.RoleBindings, nil)
	add(b, o, &o.mutatingWebhooks, kubeapi.MutatingWebhookConfigurations, nil)
	add(b, o, &o.validatingWebhooks, kubeapi.ValidatingWebhookConfigurations, nil)
	add(b, o, &o.policies, kubeapi.SecurityGroupPolicies, nil) // of the custom resources, the one that Create makes
	add(b, o, &o.definitions, kubeapi.CustomResourceDefinitions, nil)
	add(b, o, &o.cniNodes, kubeapi.CNINodes, nil)
	return o
}

// add makes a kind that Follow keeps up to date and Create makes objects of.
func add[T kubeapi.Object](b *Base, o *objects, field **kind[T], gvr gvr, indexes map[string]func(T) []string) {
	k := newKind(b, gvr, indexes)
	*field = k
	o.followers = append(o.followers, k.follow)
	o.changes = append(o.changes, func(f func()) { k.onChange(func(T, bool) { f() }) })
	o.creators = append(o.creators, func(a actor, obj runtime.Object) (bool, error) {
		typed, ok := obj.(T)
		if !ok {
			return false, nil
		}
		_, err := k.create(a, typed)
		return true, err
	})
}

func owned[T kubeapi.Object]() map[string]func(T) []string {
	return map[string]func(T) []string{byOwner: ownerIndex[T]}
}

// followAll keeps the components' view of the objects up to date until ctx ends.
func (o *objects) followAll(ctx context.Context) {
	for _, follow := range o.followers {
		follow(ctx)
	}
}

// createObject makes an object of whatever kind.
func (o *objects) createObject(a actor, obj runtime.Object) error {
	for _, create := range o.creators {
		if ok, err := create(a, obj); ok {
			return err
		}
	}
	return fmt.Errorf("object is a %T", obj)
}

// onAnyChange registers a function that is called after every change of any
// object. It must not block.
func (o *objects) onAnyChange(f func()) {
	for _, register := range o.changes {
		register(f)
	}
}
