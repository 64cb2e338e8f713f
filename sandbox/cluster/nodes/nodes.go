// Package nodes keeps the Node objects in step with the account's instances.
package nodes

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster/cni"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/nodestate"
)

// A Controller keeps the Node objects of a cluster in step with the account's
// instances, and plays the part of every kubelet that reports its node.
type Controller struct {
	*component.Base
	version string // of the kubelets

	kubeletEvents   *component.Recorder
	nodeEvents      *component.Recorder
	cloudNodeEvents *component.Recorder

	mu       sync.RWMutex
	machines map[string]cloud.Node // by instance id
}

// New makes the controller of a cluster whose kubelets have a version.
func New(b *component.Base, version string) *Controller {
	return &Controller{
		Base: b, version: version,
		kubeletEvents: b.NewRecorder("kubelet"), nodeEvents: b.NewRecorder(names.NodeController), cloudNodeEvents: b.NewRecorder(names.CloudNodeController),
	}
}

// Machine is the instance with an id.
func (c *Controller) Machine(id string) (cloud.Node, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	m, ok := c.machines[id]
	return m, ok
}

// Start follows the account's instances until ctx ends.
func (c *Controller) Start(ctx context.Context) {
	c.AwaitBeforeSettling(c.registered)
	c.Every(ctx, pollInterval, func() { c.SyncMachines(ctx) })
	c.Every(ctx, heartbeatInterval, c.Beat)
	c.Every(ctx, statusInterval, func() {
		for _, n := range c.Nodes.All() {
			if !nodestate.ExtendedInStep(n) {
				c.reportNode(n.Name, copyExtended)
			}
		}
	})
	q := c.NewQueue()
	c.Pods.OnChange(func(p *corev1.Pod, _ bool) {
		if p.Spec.NodeName != "" && cni.IsAWSNode(p) {
			q.Add(p.Spec.NodeName)
		}
	})
	c.Nodes.OnChange(func(n *corev1.Node, _ bool) {
		if !nodestate.ExtendedInStep(n) && !c.IsSettled() {
			c.reportNode(n.Name, copyExtended)
		}
		q.Add(n.Name)
	})
	q.Work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) { return 0, c.syncReadiness(name) })
}

// SyncMachines notices new and gone instances.
func (c *Controller) SyncMachines(ctx context.Context) {
	current := map[string]cloud.Node{}
	for _, m := range c.Cloud.Nodes(c.Name) {
		current[m.InstanceID] = m
	}
	c.mu.Lock()
	before := c.machines
	c.machines = current
	c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(current)) {
		if _, known := before[id]; !known {
			c.Spawn(func() {
				if c.Spend(ctx, bootTime) {
					c.join(current[id])
				}
			})
		}
	}
	for id, m := range before {
		if _, left := current[id]; !left {
			c.leave(m)
		}
	}
}

// registered says that every machine has its node, with all that it offers.
func (c *Controller) registered() bool {
	for _, m := range c.Cloud.Nodes(c.Name) {
		n, ok := c.Nodes.Get("", m.PrivateDNSName)
		if !ok || !nodestate.ExtendedInStep(n) {
			return false
		}
	}
	return true
}

// Beat reports every node, as it is at a moment when all kubelets do.
func (c *Controller) Beat() {
	for _, n := range c.Nodes.All() {
		c.reportNode(n.Name, c.heartbeat)
	}
}

// join registers a node, as its kubelet does when it starts.
func (c *Controller) join(m cloud.Node) {
	if _, ok := c.Machine(m.InstanceID); !ok {
		return // terminated while it booted
	}
	created, err := c.Nodes.Create(component.Kubelet(m.PrivateDNSName), c.newNode(m))
	if err != nil {
		if !apierrors.IsAlreadyExists(err) {
			c.Log.Debug("node not registered", "node", m.PrivateDNSName, "error", err)
		}
		return
	}
	c.reportNode(created.Name, func(n *corev1.Node) {
		n.Status = c.nodeStatus(m)
		c.setReady(n, false)
	})
	c.nodeEvents.Normal(component.AboutNodeObject(created), "RegisteredNode", "Node %s event: Registered Node %s in Controller", created.Name, created.Name)
}

// leave deletes the node of a terminated instance, then the pods that were on
// it.
func (c *Controller) leave(m cloud.Node) {
	n, ok := c.Nodes.Get("", m.PrivateDNSName)
	if !ok {
		return
	}
	c.cloudNodeEvents.Normal(component.AboutNodeObject(n), "DeletingNode", "Deleting node %s because it does not exist in the cloud provider", n.Name)
	if err := c.Nodes.Remove(component.ControllerManager, n, metav1.DeleteOptions{}); err != nil {
		c.Log.Debug("node not deleted", "node", n.Name, "error", err)
		return
	}
	for _, p := range c.Pods.List(component.ByNode, n.Name) {
		if err := c.Pods.Remove(component.ControllerManager, p, metav1.DeleteOptions{GracePeriodSeconds: ptr.To(int64(0))}); err != nil {
			c.Log.Debug("pod of a deleted node not deleted", "pod", component.KeyOf(p), "error", err)
		}
	}
}

// syncReadiness marks a node ready once the VPC CNI runs on it: until then the
// kubelet has no network to offer and the node is tainted.
func (c *Controller) syncReadiness(name string) error {
	n, ok := c.Nodes.Get("", name)
	if !ok || nodestate.Usable(n) || !cni.NetworkReady(c.Base, name) {
		return nil
	}
	if !nodestate.Ready(n) {
		c.kubeletEvents.On(name).Normal(component.AboutNode(name), "NodeReady", "Node %s status is now: NodeReady", name)
		c.reportNode(name, func(n *corev1.Node) { c.setReady(n, true) })
	}
	_, err := c.Nodes.Mutate(component.ControllerManager, "", name, func(n *corev1.Node) error {
		n.Spec.Taints = dropTaint(n.Spec.Taints, corev1.TaintNodeNotReady)
		return nil
	})
	return component.IgnoreNotFound(err)
}

func dropTaint(taints []corev1.Taint, key string) (left []corev1.Taint) {
	for _, t := range taints {
		if t.Key != key {
			left = append(left, t)
		}
	}
	return left
}
