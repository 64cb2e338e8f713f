// Package vpcrc is the VPC resource controller, which runs in EKS' control
// plane: it gives nodes that ask for it a trunk ENI, and pods that ask for it a
// branch ENI of that trunk.
package vpcrc

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/nodestate"
	"podsg/sandbox/cluster/podeni"
	"podsg/sandbox/cluster/podstate"
	"podsg/sandbox/kubeapi/access"
)

var resourceControllerActor = component.Actor{Manager: names.ResourceController, User: access.User{
	Name: names.ResourceControllerUser, Groups: []string{"system:authenticated"},
}}

// branchWorkers is how many pods get their branch ENI at the same time.
const branchWorkers = 20

// A Controller is the VPC resource controller of a cluster. This file decides
// which nodes it manages; trunk.go, branch.go and cooldown.go
// have the ENIs, cninode.go the objects it talks to the VPC CNI by, webhook.go
// its webhooks.
type Controller struct {
	*component.Base
	events    *component.Recorder
	nodeQueue *component.Queue
	podQueue  *component.Queue
	machine   func(id string) (cloud.Node, bool) // the instance with an id

	down        atomic.Bool
	webhookDown atomic.Bool

	mu       sync.Mutex
	known    map[string]*managedNode // by node name
	failed   map[string]bool         // nodes whose initialisation has failed, by name
	refused  map[string]bool         // pods that were refused a branch ENI, by key
	coolDown time.Duration
}

// A managedNode is what the controller remembers of a node. One that did not
// ask for a trunk ENI, or is still being initialised, has ready unset.
type managedNode struct {
	managed bool
	ready   bool
	trunk   *trunk // nil on a type that cannot have one
	stop    context.CancelFunc
}

// New makes the controller of a cluster; machine finds the instance with an id.
func New(b *component.Base, machine func(id string) (cloud.Node, bool)) *Controller {
	return &Controller{
		Base:      b,
		machine:   machine,
		events:    b.NewRecorder(names.ResourceController),
		nodeQueue: b.NewQueue(),
		podQueue:  b.NewQueue(),
		known:     map[string]*managedNode{},
		failed:    map[string]bool{},
		refused:   map[string]bool{},
		coolDown:  coolDownDefault,
	}
}

// Start runs the controller until ctx ends.
func (r *Controller) Start(ctx context.Context) {
	c := r.Base
	c.Nodes.OnChange(func(n *corev1.Node, _ bool) { r.nodeQueue.Add(n.Name) })
	c.CNINodes.OnChange(func(n *unstructured.Unstructured, _ bool) { r.nodeQueue.Add(n.GetName()) })
	c.Pods.OnChange(func(p *corev1.Pod, deleted bool) {
		switch {
		case !podeni.Requested(p):
		case deleted || podstate.Finished(p):
			r.release(p)
		case p.Spec.NodeName != "" && p.Annotations[string(names.PodENI)] == "":
			r.podQueue.Add(component.KeyOf(p))
		}
	})
	c.ConfigMaps.OnChange(func(m *corev1.ConfigMap, deleted bool) {
		if m.Namespace == names.SystemNamespace && m.Name == names.CNIConfigMap && !deleted {
			r.setCoolDown(m.Data[names.CoolDownKey])
		}
	})
	if c.Staged {
		c.AwaitBeforeSettling(r.trunksGiven)
	}
	c.Every(ctx, resyncInterval, r.resync)
	r.nodeQueue.Work(ctx, 3, r.syncNode)
	r.podQueue.Work(ctx, branchWorkers, r.syncPod)
	r.RenewLease()
	r.Every(ctx, leaseRenewInterval, r.RenewLease)
}

// SetRunning stops or starts the controller, webhooks included, as an outage of
// the control plane would.
func (r *Controller) SetRunning(running bool) {
	if r.down.Swap(!running) == !running || !running {
		return
	}
	r.RenewLease()
	r.resync()
}

// SetWebhook makes calls to the controller's webhooks time out, or work again.
// While they do, pods pass unchanged, as the webhooks' failure policy says.
func (r *Controller) SetWebhook(working bool) { r.webhookDown.Store(!working) }

// resync looks at everything again, as the controller's informers do every now
// and then and as a new leader does.
func (r *Controller) resync() {
	for _, n := range r.Nodes.All() {
		r.nodeQueue.Add(n.Name)
	}
	for _, p := range r.Pods.All() {
		if podeni.Requested(p) && p.Spec.NodeName != "" && p.Annotations[string(names.PodENI)] == "" && !podstate.Finished(p) {
			r.podQueue.Add(component.KeyOf(p))
		}
	}
}

// syncNode follows one node event. A node whose initialisation failed has been
// forgotten, so that its next event tries it again; nothing else does.
func (r *Controller) syncNode(ctx context.Context, name string) (time.Duration, error) {
	if r.down.Load() {
		return 0, nil
	}
	node, ok := r.Nodes.Get("", name)
	if !ok {
		r.nodeGone(ctx, name)
		return 0, r.syncCNINode(name, nil)
	}
	if node.Labels[names.ComputeTypeLabel] == "auto" {
		return 0, nil // EKS Auto Mode looks after it
	}
	if err := r.ensureCNINode(node); err != nil {
		return 0, err
	}
	if err := r.syncCNINode(name, node); err != nil {
		return 0, err
	}
	selected := node.Labels[corev1.LabelOSStable] != "" && r.wantsTrunk(node)

	r.mu.Lock()
	entry := r.known[name]
	initialise := selected && (entry == nil || !entry.managed)
	if entry == nil || initialise {
		entry = &managedNode{managed: selected}
		r.known[name] = entry
	}
	r.mu.Unlock()

	switch {
	case initialise:
		r.Spawn(func() { r.initialise(ctx, node, entry) })
	case selected:
		return 0, r.refresh(node, entry)
	}
	return 0, nil
}

// wantsTrunk says that the VPC CNI asked for a trunk ENI on the node: by the
// feature in its CNINode or, as old versions did, by a label, whatever its
// value.
func (r *Controller) wantsTrunk(node *corev1.Node) bool {
	if _, ok := node.Labels[names.HasTrunkLabel]; ok {
		return true
	}
	cniNode, ok := r.CNINodes.Get("", node.Name)
	return ok && podeni.HasFeature(cniNode, names.SecurityGroupsForPods)
}

// initialise takes a node under management: it gets its trunk ENI, then its
// capacity.
func (r *Controller) initialise(ctx context.Context, node *corev1.Node, entry *managedNode) {
	r.events.Normal(component.AboutNode(node.Name), "ControllerVersionNotice",
		"The node is managed by VPC resource controller version %s", names.ResourceControllerVersion)
	machine, ok := r.machine(nodestate.InstanceID(node))
	if !ok {
		r.forget(node.Name, entry)
		return
	}
	if _, ok := vpc.Limits[machine.InstanceType]; !ok {
		r.events.Warning(component.AboutNode(node.Name), "Unsupported",
			"The instance type %s is not supported yet by the vpc resource controller", machine.InstanceType)
		r.forget(node.Name, entry)
		return
	}
	var t *trunk
	if r.typeSupported(node.Name, machine.InstanceType) {
		if t = r.createTrunk(ctx, node, machine); t == nil {
			r.forget(node.Name, entry)
			return
		}
	}
	pollCtx, stop := context.WithCancel(ctx)
	r.mu.Lock()
	entry.trunk, entry.stop, entry.ready = t, stop, true
	delete(r.failed, node.Name)
	r.mu.Unlock()
	if t != nil {
		r.Every(pollCtx, coolDownPollInterval, t.deleteCooled)
	}
	if live, ok := r.Nodes.Get("", node.Name); ok {
		if err := r.refresh(live, entry); err != nil {
			r.Log.Debug("node capacity not set", "node", node.Name, "error", err)
		}
	}
}

// typeSupported reports whether an instance type can have a trunk ENI, and tells
// the node's owner if not. It is asked at every node event.
func (r *Controller) typeSupported(node, instanceType string) bool {
	limits, ok := vpc.Limits[instanceType]
	if ok && limits.IsTrunkingCompatible {
		return true
	}
	r.events.Warning(component.AboutNode(node), "Unsupported",
		"The instance type %s is not supported for trunk interface (Security Group for Pods)", instanceType)
	return false
}

// refresh advertises how many branch ENIs a ready node can have, where the node
// does not say so yet.
func (r *Controller) refresh(node *corev1.Node, entry *managedNode) error {
	r.mu.Lock()
	ready := entry.ready
	r.mu.Unlock()
	machine, ok := r.machine(nodestate.InstanceID(node))
	if !ready || !ok || !r.typeSupported(node.Name, machine.InstanceType) {
		return nil
	}
	capacity := resource.MustParse(strconv.Itoa(vpc.Limits[machine.InstanceType].BranchInterface))
	if have, ok := node.Status.Capacity[names.PodENI]; ok && have.Equal(capacity) {
		return nil
	}
	_, err := r.Nodes.MutateStatus(resourceControllerActor, "", node.Name, func(n *corev1.Node) error {
		if n.Status.Capacity == nil {
			return fmt.Errorf("node %q has no capacity yet", n.Name)
		}
		n.Status.Capacity[names.PodENI] = capacity
		return nil
	})
	return component.IgnoreNotFound(err)
}

// forget drops a node that could not be initialised.
func (r *Controller) forget(name string, entry *managedNode) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[name] == entry {
		delete(r.known, name)
		r.failed[name] = true
	}
}

// nodeGone lets a deleted node's pods be evicted before its ENIs are given up.
func (r *Controller) nodeGone(ctx context.Context, name string) {
	r.mu.Lock()
	entry, ok := r.known[name]
	delete(r.known, name)
	r.mu.Unlock()
	if !ok || entry.stop == nil {
		return
	}
	r.Spawn(func() {
		if r.Pause(ctx, nodeCleanUpDelay) {
			entry.stop()
			if entry.trunk != nil {
				entry.trunk.deleteAll()
			}
		}
	})
}

// trunkOf returns the trunk of a node that is ready to give out branches.
func (r *Controller) trunkOf(node string) (*trunk, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entry, ok := r.known[node]
	if !ok || !entry.ready || entry.trunk == nil {
		return nil, false
	}
	return entry.trunk, true
}
