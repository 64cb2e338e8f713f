package component

import (
	"context"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// Objects are the cluster's objects, as the components see them. A resource that
// a component is to work with is added here, in the struct and in newObjects.
type Objects struct {
	Namespaces   *Kind[*corev1.Namespace]
	Nodes        *Kind[*corev1.Node]
	Pods         *Kind[*corev1.Pod]
	Secrets      *Kind[*corev1.Secret]
	ConfigMaps   *Kind[*corev1.ConfigMap]
	Accounts     *Kind[*corev1.ServiceAccount]
	Services     *Kind[*corev1.Service]
	Endpoints    *Kind[*corev1.Endpoints]
	Slices       *Kind[*discoveryv1.EndpointSlice]
	DaemonSets   *Kind[*appsv1.DaemonSet]
	Deployments  *Kind[*appsv1.Deployment]
	StatefulSets *Kind[*appsv1.StatefulSet]
	ReplicaSets  *Kind[*appsv1.ReplicaSet]
	Revisions    *Kind[*appsv1.ControllerRevision]
	Jobs         *Kind[*batchv1.Job]
	CronJobs     *Kind[*batchv1.CronJob]
	Claims       *Kind[*corev1.PersistentVolumeClaim]
	Leases       *Kind[*coordinationv1.Lease]
	Quotas       *Kind[*corev1.ResourceQuota]

	Budgets         *Kind[*policyv1.PodDisruptionBudget]
	Autoscalers     *Kind[*autoscalingv2.HorizontalPodAutoscaler]
	Ingresses       *Kind[*networkingv1.Ingress]
	NetworkPolicies *Kind[*networkingv1.NetworkPolicy]

	ClusterRoles        *Kind[*rbacv1.ClusterRole]
	ClusterRoleBindings *Kind[*rbacv1.ClusterRoleBinding]
	Roles               *Kind[*rbacv1.Role]
	RoleBindings        *Kind[*rbacv1.RoleBinding]
	MutatingWebhooks    *Kind[*admissionregistrationv1.MutatingWebhookConfiguration]
	ValidatingWebhooks  *Kind[*admissionregistrationv1.ValidatingWebhookConfiguration]
	Definitions         *Kind[*unstructured.Unstructured]
	CNINodes            *Kind[*unstructured.Unstructured]
	Policies            *Kind[*unstructured.Unstructured]

	followers []func(context.Context)
	changes   []func(func())
	creators  []creator
}

// A creator makes an object if it is of its kind.
type creator func(a Actor, obj runtime.Object) (ok bool, err error)

func newObjects(b *Base) *Objects {
	o := &Objects{}
	add(b, o, &o.Namespaces, gvr.Namespaces, nil)
	add(b, o, &o.Nodes, gvr.Nodes, nil)
	add(b, o, &o.Pods, gvr.Pods, map[string]func(*corev1.Pod) []string{
		ByNode:  func(p *corev1.Pod) []string { return []string{p.Spec.NodeName} },
		ByOwner: ownerIndex[*corev1.Pod],
	})
	add(b, o, &o.Secrets, gvr.Secrets, nil)
	add(b, o, &o.ConfigMaps, gvr.ConfigMaps, nil)
	add(b, o, &o.Accounts, gvr.ServiceAccounts, nil)
	add(b, o, &o.Services, gvr.Services, nil)
	add(b, o, &o.Endpoints, gvr.Endpoints, nil)
	add(b, o, &o.Slices, gvr.EndpointSlices, owned[*discoveryv1.EndpointSlice]())
	add(b, o, &o.DaemonSets, gvr.DaemonSets, nil)
	add(b, o, &o.Deployments, gvr.Deployments, nil)
	add(b, o, &o.StatefulSets, gvr.StatefulSets, nil)
	add(b, o, &o.ReplicaSets, gvr.ReplicaSets, owned[*appsv1.ReplicaSet]())
	add(b, o, &o.Revisions, gvr.ControllerRevisions, owned[*appsv1.ControllerRevision]())
	add(b, o, &o.Jobs, gvr.Jobs, owned[*batchv1.Job]())
	add(b, o, &o.CronJobs, gvr.CronJobs, nil)
	add(b, o, &o.Claims, gvr.Claims, nil)
	add(b, o, &o.Leases, gvr.Leases, nil)
	add(b, o, &o.Quotas, gvr.ResourceQuotas, nil)
	add(b, o, &o.Budgets, gvr.DisruptionBudgets, nil)
	add(b, o, &o.Autoscalers, gvr.Autoscalers, nil)
	add(b, o, &o.Ingresses, gvr.Ingresses, nil)
	add(b, o, &o.NetworkPolicies, gvr.NetworkPolicies, nil)
	add(b, o, &o.ClusterRoles, gvr.ClusterRoles, nil)
	add(b, o, &o.ClusterRoleBindings, gvr.ClusterRoleBindings, nil)
	add(b, o, &o.Roles, gvr.Roles, nil)
	add(b, o, &o.RoleBindings, gvr.RoleBindings, nil)
	add(b, o, &o.MutatingWebhooks, gvr.MutatingWebhookConfigurations, nil)
	add(b, o, &o.ValidatingWebhooks, gvr.ValidatingWebhookConfigurations, nil)
	add(b, o, &o.Policies, gvr.SecurityGroupPolicies, nil) // of the custom resources, the one that Create makes
	add(b, o, &o.Definitions, gvr.CustomResourceDefinitions, nil)
	add(b, o, &o.CNINodes, gvr.CNINodes, nil)
	return o
}

// add makes a kind that Follow keeps up to date and Create makes objects of.
func add[T storage.Object](b *Base, o *Objects, field **Kind[T], gvr schema.GroupVersionResource, indexes map[string]func(T) []string) {
	k := newKind(b, gvr, indexes)
	*field = k
	o.followers = append(o.followers, k.follow)
	o.changes = append(o.changes, func(f func()) { k.OnChange(func(T, bool) { f() }) })
	o.creators = append(o.creators, func(a Actor, obj runtime.Object) (bool, error) {
		typed, ok := obj.(T)
		if !ok {
			return false, nil
		}
		_, err := k.Create(a, typed)
		return true, err
	})
}

func owned[T storage.Object]() map[string]func(T) []string {
	return map[string]func(T) []string{ByOwner: ownerIndex[T]}
}

// FollowAll keeps the components' view of the objects up to date until ctx ends.
func (o *Objects) FollowAll(ctx context.Context) {
	for _, follow := range o.followers {
		follow(ctx)
	}
}

// CreateObject makes an object of whatever kind.
func (o *Objects) CreateObject(a Actor, obj runtime.Object) error {
	for _, create := range o.creators {
		if ok, err := create(a, obj); ok {
			return err
		}
	}
	return fmt.Errorf("object is a %T", obj)
}

// OnAnyChange registers a function that is called after every change of any
// object. It must not block.
func (o *Objects) OnAnyChange(f func()) {
	for _, register := range o.changes {
		register(f)
	}
}
