package cluster

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
	"podsg/sandbox/kubeapi"
)

var resourceControllerActor = actor{manager: resourceController, user: kubeapi.User{
	Name: resourceControllerUser, Groups: []string{"system:authenticated"},
}}

// branchWorkers is how many pods get their branch ENI at the same time.
const branchWorkers = 20

// The VPC resource controller runs in EKS' control plane. It gives nodes that
// ask for it a trunk ENI, and pods that ask for it a branch ENI of that trunk.
// This file decides which nodes it manages; trunk.go, branch.go and cooldown.go
// have the ENIs, cninode.go the objects it talks to the VPC CNI by, webhook.go
// its webhooks.
type vpcController struct {
	*Base
	events    *recorder
	nodeQueue *queue
	podQueue  *queue
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

func newResourceController(b *Base, machine func(id string) (cloud.Node, bool)) *vpcController {
	return &vpcController{
		Base:      b,
		machine:   machine,
		events:    b.newRecorder(resourceController),
		nodeQueue: b.newQueue(),
		podQueue:  b.newQueue(),
		known:     map[string]*managedNode{},
		failed:    map[string]bool{},
		refused:   map[string]bool{},
		coolDown:  coolDownDefault,
	}
}

func (r *vpcController) start(ctx context.Context) {
	c := r.Base
	c.nodes.onChange(func(n *corev1.Node, _ bool) { r.nodeQueue.Add(n.Name) })
	c.cniNodes.onChange(func(n *unstructured.Unstructured, _ bool) { r.nodeQueue.Add(n.GetName()) })
	c.pods.onChange(func(p *corev1.Pod, deleted bool) {
		switch {
		case !wantsBranch(p):
		case deleted || finished(p):
			r.release(p)
		case p.Spec.NodeName != "" && p.Annotations[string(podENI)] == "":
			r.podQueue.Add(keyOf(p))
		}
	})
	c.configMaps.onChange(func(m *corev1.ConfigMap, deleted bool) {
		if m.Namespace == systemNamespace && m.Name == cniConfigMap && !deleted {
			r.setCoolDown(m.Data[coolDownKey])
		}
	})
	if c.staged {
		c.awaitBeforeSettling(r.trunksGiven)
	}
	c.every(ctx, resyncInterval, r.resync)
	r.nodeQueue.work(ctx, 3, r.syncNode)
	r.podQueue.work(ctx, branchWorkers, r.syncPod)
	r.renewLease()
	r.every(ctx, leaseRenewInterval, r.renewLease)
}

// setRunning stops or starts the controller, webhooks included, as an outage of
// the control plane would.
func (r *vpcController) setRunning(running bool) {
	if r.down.Swap(!running) == !running || !running {
		return
	}
	r.renewLease()
	r.resync()
}

// setWebhook makes calls to the controller's webhooks time out, or work again.
// While they do, pods pass unchanged, as the webhooks' failure policy says.
func (r *vpcController) setWebhook(working bool) { r.webhookDown.Store(!working) }

// resync looks at everything again, as the controller's informers do every now
// and then and as a new leader does.
func (r *vpcController) resync() {
	for _, n := range r.nodes.all() {
		r.nodeQueue.Add(n.Name)
	}
	for _, p := range r.pods.all() {
		if wantsBranch(p) && p.Spec.NodeName != "" && p.Annotations[string(podENI)] == "" && !finished(p) {
			r.podQueue.Add(keyOf(p))
		}
	}
}

// syncNode follows one node event. A node whose initialisation failed has been
// forgotten, so that its next event tries it again; nothing else does.
func (r *vpcController) syncNode(ctx context.Context, name string) (time.Duration, error) {
	if r.down.Load() {
		return 0, nil
	}
	node, ok := r.nodes.get("", name)
	if !ok {
		r.nodeGone(ctx, name)
		return 0, r.syncCNINode(name, nil)
	}
	if node.Labels[computeTypeLabel] == "auto" {
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
		r.spawn(func() { r.initialise(ctx, node, entry) })
	case selected:
		return 0, r.refresh(node, entry)
	}
	return 0, nil
}

// wantsTrunk says that the VPC CNI asked for a trunk ENI on the node: by the
// feature in its CNINode or, as old versions did, by a label, whatever its
// value.
func (r *vpcController) wantsTrunk(node *corev1.Node) bool {
	if _, ok := node.Labels[hasTrunkLabel]; ok {
		return true
	}
	cniNode, ok := r.cniNodes.get("", node.Name)
	return ok && hasFeature(cniNode, securityGroupsForPods)
}

// initialise takes a node under management: it gets its trunk ENI, then its
// capacity.
func (r *vpcController) initialise(ctx context.Context, node *corev1.Node, entry *managedNode) {
	r.events.normal(aboutNode(node.Name), "ControllerVersionNotice",
		"The node is managed by VPC resource controller version %s", resourceControllerVersion)
	machine, ok := r.machine(instanceID(node))
	if !ok {
		r.forget(node.Name, entry)
		return
	}
	if _, ok := vpc.Limits[machine.InstanceType]; !ok {
		r.events.warning(aboutNode(node.Name), "Unsupported",
			"The instance type %s is not supported yet by the vpc resource controller", machine.InstanceType)
		r.forget(node.Name, entry)
		return
	}
	var t *trunk
	if r.supported(node.Name, machine.InstanceType) {
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
		r.every(pollCtx, coolDownPollInterval, t.deleteCooled)
	}
	if live, ok := r.nodes.get("", node.Name); ok {
		if err := r.refresh(live, entry); err != nil {
			r.log.Debug("node capacity not set", "node", node.Name, "error", err)
		}
	}
}

// supported reports whether an instance type can have a trunk ENI, and tells
// the node's owner if not. It is asked at every node event.
func (r *vpcController) supported(node, instanceType string) bool {
	limits, ok := vpc.Limits[instanceType]
	if ok && limits.IsTrunkingCompatible {
		return true
	}
	r.events.warning(aboutNode(node), "Unsupported",
		"The instance type %s is not supported for trunk interface (Security Group for Pods)", instanceType)
	return false
}

// refresh advertises how many branch ENIs a ready node can have, where the node
// does not say so yet.
func (r *vpcController) refresh(node *corev1.Node, entry *managedNode) error {
	r.mu.Lock()
	ready := entry.ready
	r.mu.Unlock()
	machine, ok := r.machine(instanceID(node))
	if !ready || !ok || !r.supported(node.Name, machine.InstanceType) {
		return nil
	}
	capacity := resource.MustParse(strconv.Itoa(vpc.Limits[machine.InstanceType].BranchInterface))
	if have, ok := node.Status.Capacity[podENI]; ok && have.Equal(capacity) {
		return nil
	}
	_, err := r.nodes.mutateStatus(resourceControllerActor, "", node.Name, func(n *corev1.Node) error {
		if n.Status.Capacity == nil {
			return fmt.Errorf("node %q has no capacity yet", n.Name)
		}
		n.Status.Capacity[podENI] = capacity
		return nil
	})
	return ignoreNotFound(err)
}

// forget drops a node that could not be initialised.
func (r *vpcController) forget(name string, entry *managedNode) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[name] == entry {
		delete(r.known, name)
		r.failed[name] = true
	}
}

// nodeGone lets a deleted node's pods be evicted before its ENIs are given up.
func (r *vpcController) nodeGone(ctx context.Context, name string) {
	r.mu.Lock()
	entry, ok := r.known[name]
	delete(r.known, name)
	r.mu.Unlock()
	if !ok || entry.stop == nil {
		return
	}
	r.spawn(func() {
		if r.pause(ctx, nodeCleanUpDelay) {
			entry.stop()
			if entry.trunk != nil {
				entry.trunk.deleteAll()
			}
		}
	})
}

// trunkOf returns the trunk of a node that is ready to give out branches.
func (r *vpcController) trunkOf(node string) (*trunk, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entry, ok := r.known[node]
	if !ok || !entry.ready || entry.trunk == nil {
		return nil, false
	}
	return entry.trunk, true
}
