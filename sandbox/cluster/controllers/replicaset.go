package controllers

import (
	"cmp"
	"context"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/podstate"
)

var replicaSetKind = appsv1.SchemeGroupVersion.WithKind("ReplicaSet")

// The ReplicaSet controller keeps as many pods as the set asks for.
type replicaSets struct {
	*component.Base
	events *component.Recorder
	queue  *component.Queue
}

func startReplicaSets(ctx context.Context, b *component.Base) {
	r := &replicaSets{Base: b, events: b.NewRecorder(names.ReplicaSetController), queue: b.NewQueue()}
	b.ReplicaSets.OnChange(func(rs *appsv1.ReplicaSet, _ bool) { r.queue.Add(component.KeyOf(rs)) })
	onOwned(b, replicaSetKind.Kind, r.queue)
	r.queue.Work(ctx, 2, r.sync)
	b.AwaitBeforeSettling(r.settled)
}

func (r *replicaSets) sync(_ context.Context, name string) (time.Duration, error) {
	rs, ok := r.ReplicaSets.Get(component.SplitKey(name))
	if !ok || rs.DeletionTimestamp != nil {
		return 0, nil
	}
	active := activePods(r.Base, rs)
	owner := component.About("apps/v1", replicaSetKind.Kind, rs)
	var failure error
	for want := replicas(rs.Spec.Replicas); len(active) < want && failure == nil; {
		var p *corev1.Pod
		if p, failure = createPod(r.Base, r.events, owner, newPod(rs, replicaSetKind, &rs.Spec.Template, nil)); failure == nil {
			active = append(active, p)
		}
	}
	if surplus := len(active) - replicas(rs.Spec.Replicas); surplus > 0 {
		slices.SortStableFunc(active, leastWorthFirst)
		for _, p := range active[:surplus] {
			if failure = deletePod(r.Base, r.events, owner, p); failure != nil {
				break
			}
		}
	}
	if err := r.updateStatus(rs, failure); err != nil {
		return 0, err
	}
	return 0, failure
}

// activePods are the pods of a set that run or may come to run.
func activePods(b *component.Base, rs *appsv1.ReplicaSet) []*corev1.Pod {
	return slices.DeleteFunc(b.Pods.List(component.ByOwner, string(rs.UID)), func(p *corev1.Pod) bool {
		return podstate.Finished(p) || p.DeletionTimestamp != nil
	})
}

// leastWorthFirst orders pods as they are given up: those without a node, then
// those that are not ready, then the youngest.
func leastWorthFirst(a, b *corev1.Pod) int {
	worth := func(p *corev1.Pod) int {
		switch {
		case p.Spec.NodeName == "":
			return 0
		case p.Status.Phase == corev1.PodPending:
			return 1
		case !podstate.Ready(p):
			return 2
		}
		return 3
	}
	return cmp.Or(cmp.Compare(worth(a), worth(b)), b.CreationTimestamp.Compare(a.CreationTimestamp.Time))
}

func (r *replicaSets) updateStatus(rs *appsv1.ReplicaSet, failure error) error {
	status := appsv1.ReplicaSetStatus{ObservedGeneration: rs.Generation}
	for _, p := range activePods(r.Base, rs) {
		status.Replicas++
		status.FullyLabeledReplicas++
		if podstate.Ready(p) {
			status.ReadyReplicas++
			status.AvailableReplicas++
		}
	}
	_, err := r.ReplicaSets.MutateStatus(component.ControllerManager, rs.Namespace, rs.Name, func(live *appsv1.ReplicaSet) error {
		status.Conditions = slices.DeleteFunc(live.Status.Conditions, func(c appsv1.ReplicaSetCondition) bool {
			return c.Type == appsv1.ReplicaSetReplicaFailure
		})
		if failure != nil {
			status.Conditions = append(status.Conditions, appsv1.ReplicaSetCondition{
				Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue,
				Reason: "FailedCreate", Message: component.StatusMessage(failure), LastTransitionTime: r.Now(),
			})
		}
		live.Status = status
		return nil
	})
	return component.IgnoreNotFound(err)
}

// settled says that every set counts its pods that are ready.
func (r *replicaSets) settled() bool {
	return !slices.ContainsFunc(r.ReplicaSets.All(), func(rs *appsv1.ReplicaSet) bool {
		return rs.Status.ReadyReplicas != podstate.CountReady(activePods(r.Base, rs))
	})
}

// refused says that the pods of a set are refused when they are created.
func refused(rs *appsv1.ReplicaSet) bool {
	return slices.ContainsFunc(rs.Status.Conditions, func(c appsv1.ReplicaSetCondition) bool { return c.Type == appsv1.ReplicaSetReplicaFailure })
}
