package cluster

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/podeni"
	"podsg/sandbox/cluster/podstate"
)

// A new practice world is to look like a cluster that has been running for
// long. So until its first pods are up, nothing takes time and no event is
// written; then the cluster has settled. Each component says of its own objects
// when they are at rest; this file asks, and lets the stages follow each other.

// settleLimit is how long a cluster may take to settle, in the machine's time.
const settleLimit = 15 * time.Second

// Settled is closed once the cluster's first pods are up.
func (c *Cluster) Settled() <-chan struct{} { return c.base.Settled() }

// startSettling settles the cluster when there is nothing left to wait for, or
// when something takes too long.
func (c *Cluster) startSettling(ctx context.Context) {
	look := make(chan struct{}, 1)
	look <- struct{}{}
	changed := func() {
		select {
		case look <- struct{}{}:
		default:
		}
	}
	c.base.OnAnyChange(changed)
	c.base.AwaitBeforeSettling(c.podsUp)
	if c.base.Staged {
		c.base.AwaitBeforeSettling(c.stagesSeen)
	}
	next := 1 // of the stages
	c.base.Spawn(func() {
		// What settling takes is computing alone, which a faster clock does not
		// make faster: these are times of the machine.
		limit := time.NewTimer(settleLimit)
		defer limit.Stop()
		defer c.base.Settle()
		for {
			select {
			case <-look:
			case <-limit.C:
				return
			case <-ctx.Done():
				return
			}
			// Changes come in crowds, and somebody may still have to write an
			// event about the last one.
			select {
			case <-time.After(component.Moment):
			case <-ctx.Done():
				return
			}
			switch {
			case !c.base.AtRest():
				if c.base.Staged { // the controller's own state changes without an object
					changed()
				}
			case next >= len(c.stages):
				c.cameToRest = true
				return
			default:
				if c.stagingError = c.stage(next); c.stagingError != nil {
					return
				}
				next++
				changed()
			}
		}
	})
}

// podsUp says that every pod is up or cannot be, and in a staged cluster that
// none is on its way out.
func (c *Cluster) podsUp() bool {
	for _, p := range c.base.Pods.All() {
		if c.base.Staged && p.DeletionTimestamp != nil || !upOrStuck(p) && !(c.base.Staged && c.stuckHere(p)) {
			return false
		}
	}
	return true
}

func upOrStuck(p *corev1.Pod) bool {
	if podstate.Ready(p) || podstate.Finished(p) || podstate.Stuck(p) {
		return true
	}
	scheduled, ok := podstate.Condition(p, corev1.PodScheduled)
	return ok && scheduled.Status == corev1.ConditionFalse
}

// stuckHere says that a pod waits for what will not come by itself: a branch
// ENI that was refused, or a probe that the network keeps away.
func (c *Cluster) stuckHere(p *corev1.Pod) bool {
	switch {
	case p.Spec.NodeName == "":
		return false
	case podeni.Requested(p) && p.Annotations[string(names.PodENI)] == "":
		return c.vpcController.RefusesBranch(p)
	}
	return c.kubelets.Unprobed(p.UID)
}

// stagesSeen says that what the stages wrote has been seen.
func (c *Cluster) stagesSeen() bool {
	return c.base.Pods.InStep() && c.base.Deployments.InStep() && c.base.DaemonSets.InStep() && c.base.Policies.InStep() && c.base.CNINodes.InStep()
}
