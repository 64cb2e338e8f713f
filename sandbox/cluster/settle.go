package cluster

import (
	"context"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// A new practice world is to look like a cluster that has been running for
// long. So until its first pods are up, nothing takes time and no event is
// written; then the cluster has settled.

// Settled is closed once the cluster's first pods are up.
func (c *Cluster) Settled() <-chan struct{} { return c.settled }

func (c *Cluster) isSettled() bool {
	select {
	case <-c.settled:
		return true
	default:
		return false
	}
}

// startSettling closes settled when there is nothing left to wait for, or when
// something takes too long.
func (c *Cluster) startSettling(ctx context.Context) {
	look := make(chan struct{}, 1)
	look <- struct{}{}
	changed := func() {
		select {
		case look <- struct{}{}:
		default:
		}
	}
	c.pods.onChange(func(*corev1.Pod, bool) { changed() })
	c.nodes.onChange(func(*corev1.Node, bool) { changed() })
	c.daemonSets.onChange(func(*appsv1.DaemonSet, bool) { changed() })
	c.deployments.onChange(func(*appsv1.Deployment, bool) { changed() })
	c.replicaSets.onChange(func(*appsv1.ReplicaSet, bool) { changed() })
	c.endpoints.onChange(func(*corev1.Endpoints, bool) { changed() })
	c.slices.onChange(func(*discoveryv1.EndpointSlice, bool) { changed() })
	if c.staged() {
		c.policies.onChange(func(*unstructured.Unstructured, bool) { changed() })
		c.cniNodes.onChange(func(*unstructured.Unstructured, bool) { changed() })
	}
	next := 1 // of the stages
	c.spawn(func() {
		// What settling takes is computing alone, which a faster clock does not
		// make faster: these are times of the machine.
		limit := time.NewTimer(settleLimit)
		defer limit.Stop()
		defer close(c.settled)
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
			case !c.nothingPending() || c.staged() && !c.branchesGiven():
				if c.staged() { // the controller's own state changes without an object
					changed()
				}
			case next >= len(c.stages):
				c.atRest = true
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

// nothingPending says that every machine has its node, every workload its pods,
// every pod is up or cannot be, and that all this is known to those who look at
// workloads and services.
func (c *Cluster) nothingPending() bool {
	for _, m := range c.cloud.Nodes(c.name) {
		n, ok := c.nodes.get("", m.PrivateDNSName)
		if !ok || !extendedInStep(n) {
			return false
		}
	}
	for _, ds := range c.daemonSets.all() {
		s := ds.Status
		if s.ObservedGeneration < ds.Generation || s.CurrentNumberScheduled < s.DesiredNumberScheduled ||
			s.UpdatedNumberScheduled < s.DesiredNumberScheduled && c.rolling(ds) {
			return false
		}
	}
	for _, d := range c.deployments.all() {
		short := d.Status.Replicas < int32(replicas(d.Spec.Replicas))
		if d.Status.ObservedGeneration < d.Generation || short && !c.refused(d) {
			return false
		}
	}
	for _, p := range c.pods.all() {
		if !upOrStuck(p) && !(c.staged() && c.stuckHere(p)) {
			return false
		}
	}
	return c.readinessTold()
}

// refused says that a Deployment's pods are refused when they are created.
func (c *Cluster) refused(d *appsv1.Deployment) bool {
	return slices.ContainsFunc(c.replicaSets.list(byOwner, string(d.UID)), func(rs *appsv1.ReplicaSet) bool {
		return slices.ContainsFunc(rs.Status.Conditions, func(cond appsv1.ReplicaSetCondition) bool { return cond.Type == appsv1.ReplicaSetReplicaFailure })
	})
}

// rolling says that a roll-out of a DaemonSet goes on by itself: it does not
// where nobody deletes the old pods, or while a new one cannot run.
func (c *Cluster) rolling(ds *appsv1.DaemonSet) bool {
	return ds.Spec.UpdateStrategy.Type != appsv1.OnDeleteDaemonSetStrategyType && !slices.ContainsFunc(c.pods.list(byOwner, string(ds.UID)), stuck)
}

// readinessTold says that DaemonSets, ReplicaSets, Deployments and the endpoints
// of Services count the pods that are ready now.
func (c *Cluster) readinessTold() bool {
	for _, ds := range c.daemonSets.all() {
		if ds.Status.NumberReady != readyPods(c.pods.list(byOwner, string(ds.UID))) {
			return false
		}
	}
	available := map[types.UID]int32{} // by Deployment
	for _, rs := range c.replicaSets.all() {
		if rs.Status.ReadyReplicas != readyPods(c.activePods(rs)) {
			return false
		}
		if owner := metav1.GetControllerOf(rs); owner != nil {
			available[owner.UID] += rs.Status.ReadyReplicas
		}
	}
	for _, d := range c.deployments.all() {
		if d.Status.ReadyReplicas != available[d.UID] {
			return false
		}
	}
	for _, s := range c.services.all() {
		if len(s.Spec.Selector) == 0 {
			continue
		}
		want := readyPods(c.backends(s))
		if e, ok := c.endpoints.get(s.Namespace, s.Name); !ok || readyAddresses(e) != want {
			return false
		}
		told := int32(0)
		for _, slice := range c.slices.list(byOwner, string(s.UID)) {
			for _, e := range slice.Endpoints {
				if e.Conditions.Ready != nil && *e.Conditions.Ready {
					told++
				}
			}
		}
		if told != want {
			return false
		}
	}
	return true
}

func readyPods(pods []*corev1.Pod) (n int32) {
	for _, p := range pods {
		if ready(p) {
			n++
		}
	}
	return n
}

func readyAddresses(e *corev1.Endpoints) (n int32) {
	for _, s := range e.Subsets {
		n += int32(len(s.Addresses))
	}
	return n
}

func upOrStuck(p *corev1.Pod) bool {
	if ready(p) || finished(p) || stuck(p) {
		return true
	}
	scheduled, ok := podCondition(p, corev1.PodScheduled)
	return ok && scheduled.Status == corev1.ConditionFalse
}

// stuck says that a container of a pod cannot run as things are.
func stuck(p *corev1.Pod) bool {
	return slices.ContainsFunc(slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses), func(s corev1.ContainerStatus) bool {
		return s.State.Waiting != nil && slices.Contains(stuckReasons, s.State.Waiting.Reason)
	})
}

var stuckReasons = []string{"CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull"}
