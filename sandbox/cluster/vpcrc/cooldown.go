package vpcrc

import (
	"strconv"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster/component"
)

// maxDeleteAttempts is how often the deletion of a branch ENI is tried before
// the controller forgets it.
const maxDeleteAttempts = 3

// A coolingBranch is a branch ENI whose pod is gone. It keeps its address until
// every node has stopped sending to the pod, and its place on the trunk until
// it is deleted.
type coolingBranch struct {
	branch   *cloud.Branch
	cooled   atomic.Bool
	attempts int
}

// release starts the cool-down of a pod's branch ENI. A pod that has none, or
// whose ENI was released when it finished, is passed over.
func (t *trunk) release(pod types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	branch := t.held[pod]
	if branch == nil {
		return
	}
	delete(t.held, pod)
	entry := &coolingBranch{branch: branch}
	t.cooling = append(t.cooling, entry)
	r := t.controller
	r.Spawn(func() {
		if r.Pause(r.Ctx, r.coolDownPeriod()) {
			entry.cooled.Store(true)
		}
	})
}

// discard gives up a branch ENI that no pod ever used: it goes first, without
// a cool-down.
func (t *trunk) discard(pod types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	branch := t.held[pod]
	delete(t.held, pod)
	if branch == nil {
		return
	}
	entry := &coolingBranch{branch: branch}
	entry.cooled.Store(true)
	t.cooling = append([]*coolingBranch{entry}, t.cooling...)
}

// deleteCooled deletes the branch ENIs that have cooled down, oldest first.
func (t *trunk) deleteCooled() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.cooling) > 0 && t.cooling[0].cooled.Load() {
		entry := t.cooling[0]
		if err := t.controller.Cloud.DeleteBranch(t.controller.Name, entry.branch.ENIID); err != nil {
			t.controller.Log.Debug("branch not deleted", "eni", entry.branch.ENIID, "error", err)
			if entry.attempts++; entry.attempts < maxDeleteAttempts {
				continue
			}
		}
		t.cooling = t.cooling[1:]
	}
}

// deleteAll deletes every branch ENI of a node that is gone.
func (t *trunk) deleteAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, entry := range t.cooling {
		t.deleteNow(entry.branch)
	}
	for pod, branch := range t.held {
		if branch != nil {
			t.deleteNow(branch)
		}
		delete(t.held, pod)
	}
	t.cooling = nil
}

func (t *trunk) deleteNow(branch *cloud.Branch) {
	if err := t.controller.Cloud.DeleteBranch(t.controller.Name, branch.ENIID); err != nil {
		t.controller.Log.Debug("branch not deleted", "eni", branch.ENIID, "error", err)
	}
}

func (r *Controller) coolDownPeriod() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.coolDown, coolDownMinimum)
}

// setCoolDown takes over the period, in seconds, that the ConfigMap
// amazon-vpc-cni has; text that is no number leaves it as it is. It holds for
// pods that go from now on.
func (r *Controller) setCoolDown(text string) {
	seconds, err := strconv.Atoi(text)
	if err != nil {
		return
	}
	before := r.coolDownPeriod()
	r.mu.Lock()
	r.coolDown = time.Duration(seconds) * time.Second
	r.mu.Unlock()
	if before == time.Duration(seconds)*time.Second {
		return
	}
	for _, n := range r.Nodes.All() {
		r.events.Record(component.AboutNodeObject(n), corev1.EventTypeNormal, "BranchENICoolDownPeriodUpdated",
			"Branch ENI cool down period has been updated to "+r.coolDownPeriod().String())
	}
}
