package cluster

import (
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/kubeapi/webhook"
)

// A Stage is something that people did in the cluster before the practice world
// begins.
type Stage func(*Staging) error

// Staging is how a stage works in the cluster: as a user with all permissions.
type Staging struct {
	cluster *Cluster
	manager string
}

// As is the same user under the name of another program, which becomes the
// manager of the fields that it writes.
func (s *Staging) As(manager string) *Staging { return &Staging{s.cluster, manager} }

func (s *Staging) actor() actor {
	return actor{manager: s.manager, user: access.User{Name: "cluster-creator", Groups: []string{"system:masters", "system:authenticated"}}}
}

// Create makes objects, in this order. A namespace has at once what every
// namespace has.
func (s *Staging) Create(objects ...runtime.Object) error { return s.make(s.actor(), objects) }

// Apply makes them by server-side apply.
func (s *Staging) Apply(objects ...runtime.Object) error {
	a := s.actor()
	a.applies = true
	return s.make(a, objects)
}

func (s *Staging) make(a actor, objects []runtime.Object) error {
	for _, o := range objects {
		if err := s.cluster.createObject(a, o); err != nil {
			return fmt.Errorf("stage a %T: %w", o, err)
		}
		if n, ok := o.(*corev1.Namespace); ok {
			if err := s.cluster.furnish(n.Name); err != nil {
				return fmt.Errorf("stage namespace %q: %w", n.Name, err)
			}
		}
	}
	return nil
}

// Client is a stage's access to the objects of one resource.
func Client[T storage.Object](s *Staging, gvr groupVersionResource) *storage.Client[T] {
	a := s.actor()
	return storage.NewClient[T](s.cluster.store, gvr, a.manager).As(a.user)
}

// Intercept registers a webhook of somebody else's for new pods. It is called
// after that of the VPC resource controller, while a
// MutatingWebhookConfiguration of its name is there.
func (s *Staging) Intercept(configuration string, mutate func(*corev1.Pod)) {
	c := s.cluster
	c.store.AddMutator(func(req *webhook.Request) error {
		pod, ok := newPodOf(req)
		if !ok {
			return nil
		}
		if _, there := c.mutatingWebhooks.get("", configuration); there {
			mutate(pod)
		}
		return nil
	})
}

// StopController stops the VPC resource controller, as
// [Cluster.SetResourceController] does.
func (s *Staging) StopController() { s.cluster.SetResourceController(false) }

// Webhook makes calls to the controller's webhooks work or time out, as
// [Cluster.SetWebhook] does.
func (s *Staging) Webhook(working bool) { s.cluster.SetWebhook(working) }

// Beat is what the cluster's parts do at a moment when everyone reports: the
// kubelets their nodes, the VPC resource controller its lease.
func (c *Cluster) Beat() {
	for _, n := range c.nodes.all() {
		c.reportNode(n.Name, c.heartbeat)
	}
	c.renewLease()
}

// staged says that people have worked in the cluster before the world begins.
func (c *Cluster) staged() bool { return len(c.stages) > 0 }

func (c *Cluster) stage(n int) error { return c.stages[n](&Staging{c, "kubectl"}) }

// StagingError says why a stage failed, once the cluster has settled.
func (c *Cluster) StagingError() error { return c.stagingError }

// CameToRest says of a cluster that has settled that it did so because nothing
// more was to come, and not because that took too long.
func (c *Cluster) CameToRest() bool { return c.atRest }

func (c *Cluster) createObject(a actor, obj runtime.Object) (err error) {
	switch o := obj.(type) {
	case *corev1.Namespace:
		_, err = c.namespaces.create(a, o)
	case *corev1.ServiceAccount:
		_, err = c.accounts.create(a, o)
	case *corev1.ConfigMap:
		_, err = c.configMaps.create(a, o)
	case *corev1.Secret:
		_, err = c.secrets.create(a, o)
	case *corev1.ResourceQuota:
		_, err = c.quotas.create(a, o)
	case *corev1.Service:
		_, err = c.services.create(a, o)
	case *appsv1.DaemonSet:
		_, err = c.daemonSets.create(a, o)
	case *appsv1.Deployment:
		_, err = c.deployments.create(a, o)
	case *rbacv1.ClusterRole:
		_, err = c.clusterRoles.create(a, o)
	case *rbacv1.ClusterRoleBinding:
		_, err = c.clusterRoleBindings.create(a, o)
	case *rbacv1.Role:
		_, err = c.roles.create(a, o)
	case *rbacv1.RoleBinding:
		_, err = c.roleBindings.create(a, o)
	case *admissionregistrationv1.MutatingWebhookConfiguration:
		_, err = c.mutatingWebhooks.create(a, o)
	case *admissionregistrationv1.ValidatingWebhookConfiguration:
		_, err = c.validatingWebhooks.create(a, o)
	case *unstructured.Unstructured:
		_, err = c.policies.create(a, o)
	default:
		err = fmt.Errorf("object is a %T", obj)
	}
	return err
}
