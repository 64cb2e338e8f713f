package cluster

import (
	"github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"
	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// A cluster with stages begins as one in which pods have branch ENIs, or lack
// them for a reason. So it has settled only when nothing more can come of what
// is there: this file says when.

// branchesGiven says that every node that can has its trunk ENI and offers its
// branch ENIs, that what the stages wrote has been seen, and that no workload is
// in the middle of a roll-out that goes on.
func (c *Cluster) branchesGiven() bool {
	if !inStep(c.pods) || !inStep(c.deployments) || !inStep(c.daemonSets) || !inStep(c.policies) || !inStep(c.cniNodes) {
		return false
	}
	for _, n := range c.nodes.all() {
		if c.trunkComing(n) {
			return false
		}
	}
	for _, p := range c.pods.all() {
		if p.DeletionTimestamp != nil || c.placeable(p) {
			return false
		}
	}
	for _, d := range c.deployments.all() {
		s := d.Status
		if s.ObservedGeneration < d.Generation || s.ReadyReplicas == s.Replicas && s.UpdatedReplicas < s.Replicas {
			return false
		}
	}
	return true
}

// trunkComing says that a node will have more to offer than it has now.
func (c *Cluster) trunkComing(n *corev1.Node) bool {
	if c.controllerDown.Load() {
		return false
	}
	cniNode, known := c.cniNodes.get("", n.Name)
	switch asks := c.kubelets.nodeNetwork(n.Name).podENI && c.networkReady(n.Name); {
	case !known:
		_, served := c.definitions.get("", gvr.CNINodes.GroupResource().String())
		return served
	case asks && !hasFeature(cniNode, securityGroupsForPods):
		return c.cloud.FreeENISlot(instanceID(n)) && c.mayPatchCNINodes()
	}
	r := c.vpcController
	if !r.wantsTrunk(n) || n.Labels[computeTypeLabel] == "auto" {
		return false
	}
	r.mu.Lock()
	entry, failed := r.known[n.Name], r.failed[n.Name]
	ready := entry != nil && entry.ready
	trunk := ready && entry.trunk != nil
	r.mu.Unlock()
	if !ready {
		return !failed
	}
	limits := vpc.Limits[n.Labels[corev1.LabelInstanceTypeStable]]
	offered := n.Status.Capacity[podENI]
	return trunk && limits != nil && offered.Value() < int64(limits.BranchInterface)
}

// stuckHere says that a pod waits for what will not come by itself: a branch
// ENI that was refused, or a probe that the network keeps away.
func (c *Cluster) stuckHere(p *corev1.Pod) bool {
	if p.Spec.NodeName == "" {
		return false
	}
	if wantsBranch(p) && p.Annotations[string(podENI)] == "" {
		return c.controllerDown.Load() || c.vpcController.refusedBranch(keyOf(p))
	}
	w, ok := c.kubelets.worker(p.UID)
	return ok && w.unprobed()
}

// placeable says that a pod that found no node would find one now.
func (c *Cluster) placeable(p *corev1.Pod) bool {
	if p.Spec.NodeName != "" || finished(p) || p.DeletionTimestamp != nil {
		return false
	}
	node, _ := (&scheduler{Cluster: c}).place(p)
	return node != nil
}

// inStep says that the copy of a kind has what the store has.
func inStep[T storage.Object](k *kind[T]) bool {
	stored, err := k.client(actor{}).List("", storage.Selector{})
	if err != nil {
		return true // it is not served
	}
	if len(stored) != len(k.all()) {
		return false
	}
	for _, o := range stored {
		if seen, ok := k.get(o.GetNamespace(), o.GetName()); !ok || version(seen) < version(o) {
			return false
		}
	}
	return true
}
