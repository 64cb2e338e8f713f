package cluster

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/sandbox/cluster/admission"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/controllers"
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

func (s *Staging) actor() component.Actor {
	return component.Actor{Manager: s.manager, User: access.User{Name: "cluster-creator", Groups: []string{"system:masters", "system:authenticated"}}}
}

// Create makes objects, in this order. A namespace has at once what every
// namespace has.
func (s *Staging) Create(objects ...runtime.Object) error { return s.make(s.actor(), objects) }

// Apply makes them by server-side apply.
func (s *Staging) Apply(objects ...runtime.Object) error {
	a := s.actor()
	a.Applies = true
	return s.make(a, objects)
}

func (s *Staging) make(a component.Actor, objects []runtime.Object) error {
	for _, o := range objects {
		if err := s.cluster.base.CreateObject(a, o); err != nil {
			return fmt.Errorf("stage a %T: %w", o, err)
		}
		if n, ok := o.(*corev1.Namespace); ok {
			if err := controllers.Furnish(s.cluster.base, n.Name); err != nil {
				return fmt.Errorf("stage namespace %q: %w", n.Name, err)
			}
		}
	}
	return nil
}

// Client is a stage's access to the objects of one resource.
func Client[T storage.Object](s *Staging, gvr schema.GroupVersionResource) *storage.Client[T] {
	a := s.actor()
	return storage.NewClient[T](s.cluster.base.Store, gvr, a.Manager).As(a.User)
}

// Intercept registers a webhook of somebody else's for new pods. It is called
// after that of the VPC resource controller, while a
// MutatingWebhookConfiguration of its name is there.
func (s *Staging) Intercept(configuration string, mutate func(*corev1.Pod)) {
	c := s.cluster
	c.base.Store.AddMutator(func(req *webhook.Request) error {
		pod, ok := admission.NewPodOf(req)
		if !ok {
			return nil
		}
		if _, there := c.base.MutatingWebhooks.Get("", configuration); there {
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
	c.instances.Beat()
	c.vpcController.RenewLease()
}

func (c *Cluster) stage(n int) error { return c.stages[n](&Staging{c, "kubectl"}) }

// StagingError says why a stage failed, once the cluster has settled.
func (c *Cluster) StagingError() error { return c.stagingError }

// CameToRest says of a cluster that has settled that it did so because nothing
// more was to come, and not because that took too long.
func (c *Cluster) CameToRest() bool { return c.cameToRest }
