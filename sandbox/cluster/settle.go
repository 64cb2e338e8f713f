package cluster

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A new practice world is to look like a cluster that has been running for
// long. So until its first pods are up, nothing takes time and no event is
// written; then the cluster has settled. Each component says of its own objects
// when they are at rest; this file asks, and lets the stages follow each other.

// Settled is closed once the cluster's first pods are up.
func (c *Cluster) Settled() <-chan struct{} { return c.settled }

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
	c.onAnyChange(changed)
	c.awaitBeforeSettling(c.podsUp)
	if c.staged {
		c.awaitBeforeSettling(c.stagesSeen)
	}
	next := 1 // of the stages
	c.spawn(func() {
		// What settling takes is computing alone, which a faster clock does not
		// make faster: these are times of the machine.
		limit := time.NewTimer(settleLimit)
		defer limit.Stop()
		defer c.settle()
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
			case <-time.After(settleRest):
			case <-ctx.Done():
				return
			}
			switch {
			case !c.atRest():
				if c.staged { // the controller's own state changes without an object
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
	for _, p := range c.pods.all() {
		if c.staged && p.DeletionTimestamp != nil || !upOrStuck(p) && !(c.staged && c.stuckHere(p)) {
			return false
		}
	}
	return true
}

func upOrStuck(p *corev1.Pod) bool {
	if ready(p) || finished(p) || stuck(p) {
		return true
	}
	scheduled, ok := podCondition(p, corev1.PodScheduled)
	return ok && scheduled.Status == corev1.ConditionFalse
}

// stuckHere says that a pod waits for what will not come by itself: a branch
// ENI that was refused, or a probe that the network keeps away.
func (c *Cluster) stuckHere(p *corev1.Pod) bool {
	switch {
	case p.Spec.NodeName == "":
		return false
	case wantsBranch(p) && p.Annotations[string(podENI)] == "":
		return c.vpcController.refusesBranch(p)
	}
	return c.kubelets.unprobed(p.UID)
}

// stagesSeen says that what the stages wrote has been seen.
func (c *Cluster) stagesSeen() bool {
	return c.pods.inStep() && c.deployments.inStep() && c.daemonSets.inStep() && c.policies.inStep() && c.cniNodes.inStep()
}
