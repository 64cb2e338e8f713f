package vpcrc

import (
	"slices"

	"github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"
	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/podeni"
	"podsg/sandbox/kubeapi/gvr"
)

// A cluster with stages begins as one in which pods have branch ENIs, or lack
// them for a reason. So it has settled only when nothing more can come of what
// is there: this file says when that holds of the controller.

// trunksGiven says that every node that can has its trunk ENI and offers its
// branch ENIs.
func (r *Controller) trunksGiven() bool { return !slices.ContainsFunc(r.Nodes.All(), r.trunkComing) }

// trunkComing says that a node will have more to offer than it has now.
func (r *Controller) trunkComing(n *corev1.Node) bool {
	if r.down.Load() {
		return false
	}
	_, known := r.CNINodes.Get("", n.Name)
	if !known {
		_, served := r.Definitions.Get("", gvr.CNINodes.GroupResource().String())
		return served
	}
	if !r.wantsTrunk(n) || n.Labels[names.ComputeTypeLabel] == "auto" {
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
	offered := n.Status.Capacity[names.PodENI]
	return trunk && limits != nil && offered.Value() < int64(limits.BranchInterface)
}

// RefusesBranch says that a pod waits in vain for the branch ENI that it requests.
func (r *Controller) RefusesBranch(p *corev1.Pod) bool {
	return podeni.Requested(p) && p.Annotations[string(names.PodENI)] == "" && (r.down.Load() || r.refusedBranch(component.KeyOf(p)))
}
