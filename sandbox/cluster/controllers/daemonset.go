package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/placement"
	"podsg/sandbox/cluster/podstate"
)

var daemonSetKind = appsv1.SchemeGroupVersion.WithKind("DaemonSet")

// The DaemonSet controller keeps one pod on every node that fits, and replaces
// pods of an old template a few at a time.
type daemonSets struct {
	*component.Base
	events *component.Recorder
	queue  *component.Queue
}

func startDaemonSets(ctx context.Context, b *component.Base) {
	d := &daemonSets{Base: b, events: b.NewRecorder(names.DaemonSetController), queue: b.NewQueue()}
	b.DaemonSets.OnChange(func(ds *appsv1.DaemonSet, _ bool) { d.queue.Add(component.KeyOf(ds)) })
	b.Nodes.OnChange(func(*corev1.Node, bool) {
		for _, ds := range b.DaemonSets.All() {
			d.queue.Add(component.KeyOf(ds))
		}
	})
	onOwned(b, daemonSetKind.Kind, d.queue)
	d.queue.Work(ctx, 2, d.sync)
	b.AwaitBeforeSettling(d.settled)
}

// A daemonNode is a node with the pods a DaemonSet has on it.
type daemonNode struct {
	node       *corev1.Node
	wanted     bool
	newest     *corev1.Pod // of the current template
	old        *corev1.Pod // of an earlier one
	deleting   bool        // one is on its way out
	superseded []*corev1.Pod
}

// available says that a pod of the set serves on the node.
func (n *daemonNode) available() bool {
	return n.newest != nil && podstate.Ready(n.newest) || n.old != nil && podstate.Ready(n.old)
}

func (d *daemonSets) sync(_ context.Context, name string) (time.Duration, error) {
	ds, ok := d.DaemonSets.Get(component.SplitKey(name))
	if !ok || ds.DeletionTimestamp != nil {
		return 0, nil
	}
	hash := templateHash(&ds.Spec.Template)
	if err := ensureRevision(d.Base, ds, daemonSetKind, &ds.Spec.Template, hash); err != nil {
		return 0, err
	}
	nodes := d.nodesOf(ds, hash)
	err := d.manage(ds, hash, nodes)
	if err == nil && ds.Spec.UpdateStrategy.Type == appsv1.RollingUpdateDaemonSetStrategyType {
		err = d.roll(ds, nodes)
	}
	// The status tells of the world after this sync.
	if statusErr := d.updateStatus(ds, d.nodesOf(ds, hash)); err == nil {
		err = statusErr
	}
	return 0, err
}

// nodesOf lists the nodes in order, with the set's pods on each.
func (d *daemonSets) nodesOf(ds *appsv1.DaemonSet, hash string) []*daemonNode {
	var nodes []*daemonNode
	byName := map[string]*daemonNode{}
	spec := ds.Spec.Template.Spec.DeepCopy()
	tolerateNodeTrouble(spec)
	for _, n := range d.Nodes.All() {
		entry := &daemonNode{node: n, wanted: runsOn(spec, n)}
		nodes = append(nodes, entry)
		byName[n.Name] = entry
	}
	for _, p := range d.Pods.List(component.ByOwner, string(ds.UID)) {
		entry, ok := byName[placement.DaemonTarget(p)]
		switch {
		case !ok:
		case p.DeletionTimestamp != nil:
			entry.deleting = true
		case podstate.Finished(p):
			entry.superseded = append(entry.superseded, p)
		case p.Labels[appsv1.ControllerRevisionHashLabelKey] == hash && entry.newest == nil:
			entry.newest = p
		case p.Labels[appsv1.ControllerRevisionHashLabelKey] != hash && entry.old == nil:
			entry.old = p
		default:
			entry.superseded = append(entry.superseded, p)
		}
	}
	return nodes
}

// manage creates the missing pods and deletes those that do not belong.
func (d *daemonSets) manage(ds *appsv1.DaemonSet, hash string, nodes []*daemonNode) error {
	owner := component.About("apps/v1", daemonSetKind.Kind, ds)
	for _, n := range nodes {
		gone := n.superseded
		if !n.wanted {
			gone = append(gone, n.newest, n.old)
		}
		for _, p := range gone {
			if p == nil {
				continue
			}
			if err := deletePod(d.Base, d.events, owner, p); err != nil {
				return err
			}
		}
		if !n.wanted || n.newest != nil || n.old != nil || n.deleting {
			continue
		}
		pod := newPod(ds, daemonSetKind, &ds.Spec.Template, map[string]string{
			appsv1.ControllerRevisionHashLabelKey: hash,
			"pod-template-generation":             fmt.Sprint(ds.Generation),
		})
		placement.PinTo(&pod.Spec, n.node.Name)
		tolerateNodeTrouble(&pod.Spec)
		created, err := createPod(d.Base, d.events, owner, pod)
		if err != nil {
			return err
		}
		n.newest = created
	}
	return nil
}

// roll deletes pods of an old template: those that do not serve anyway, and of
// the others as many as maxUnavailable allows.
func (d *daemonSets) roll(ds *appsv1.DaemonSet, nodes []*daemonNode) error {
	desired, unavailable := 0, 0
	for _, n := range nodes {
		if n.wanted {
			desired++
			if !n.available() {
				unavailable++
			}
		}
	}
	allowed := maxUnavailable(ds, desired) - unavailable
	owner := component.About("apps/v1", daemonSetKind.Kind, ds)
	for _, n := range nodes {
		if n.old == nil || !n.wanted {
			continue
		}
		if podstate.Ready(n.old) {
			if allowed <= 0 {
				continue
			}
			allowed--
		}
		if err := deletePod(d.Base, d.events, owner, n.old); err != nil {
			return err
		}
	}
	return nil
}

// maxUnavailable is how many nodes may be without a serving pod during a
// rollout; a percentage is rounded up, and none at all means one.
func maxUnavailable(ds *appsv1.DaemonSet, desired int) int {
	r := ds.Spec.UpdateStrategy.RollingUpdate
	if r == nil || r.MaxUnavailable == nil {
		return 1
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(r.MaxUnavailable, desired, true)
	if err != nil {
		return 1
	}
	return max(n, 1)
}

func (d *daemonSets) updateStatus(ds *appsv1.DaemonSet, nodes []*daemonNode) error {
	status := appsv1.DaemonSetStatus{ObservedGeneration: ds.Generation, CollisionCount: ds.Status.CollisionCount}
	for _, n := range nodes {
		scheduled := n.newest != nil || n.old != nil
		switch {
		case n.wanted:
			status.DesiredNumberScheduled++
			if scheduled {
				status.CurrentNumberScheduled++
			}
			if n.newest != nil {
				status.UpdatedNumberScheduled++
			}
			if n.available() {
				status.NumberReady++
				status.NumberAvailable++
			} else {
				status.NumberUnavailable++
			}
		case scheduled:
			status.NumberMisscheduled++
		}
	}
	_, err := d.DaemonSets.MutateStatus(component.ControllerManager, ds.Namespace, ds.Name, func(live *appsv1.DaemonSet) error {
		live.Status = status
		return nil
	})
	return component.IgnoreNotFound(err)
}

// runsOn says whether a DaemonSet whose pods have this spec wants one on a node:
// node selector and affinity must match, and the node's taints be tolerated.
func runsOn(spec *corev1.PodSpec, node *corev1.Node) bool {
	return placement.MatchesNodeAffinity(spec, node) &&
		!placement.Untolerated(spec.Tolerations, node.Spec.Taints, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute)
}

// tolerateNodeTrouble adds the tolerations that every DaemonSet's pods have.
func tolerateNodeTrouble(spec *corev1.PodSpec) {
	add := func(key string, effect corev1.TaintEffect) {
		t := corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists, Effect: effect}
		if !slices.Contains(spec.Tolerations, t) {
			spec.Tolerations = append(spec.Tolerations, t)
		}
	}
	add(corev1.TaintNodeNotReady, corev1.TaintEffectNoExecute)
	add(corev1.TaintNodeUnreachable, corev1.TaintEffectNoExecute)
	add(corev1.TaintNodeDiskPressure, corev1.TaintEffectNoSchedule)
	add(corev1.TaintNodeMemoryPressure, corev1.TaintEffectNoSchedule)
	add(corev1.TaintNodePIDPressure, corev1.TaintEffectNoSchedule)
	add(corev1.TaintNodeUnschedulable, corev1.TaintEffectNoSchedule)
	if spec.HostNetwork {
		add(corev1.TaintNodeNetworkUnavailable, corev1.TaintEffectNoSchedule)
	}
}

// settled says that every set has its pods, and counts those that are ready.
func (d *daemonSets) settled() bool {
	for _, ds := range d.DaemonSets.All() {
		s, pods := ds.Status, d.Pods.List(component.ByOwner, string(ds.UID))
		if s.ObservedGeneration < ds.Generation || s.CurrentNumberScheduled < s.DesiredNumberScheduled ||
			s.UpdatedNumberScheduled < s.DesiredNumberScheduled && rolling(ds, pods) || s.NumberReady != podstate.CountReady(pods) {
			return false
		}
	}
	return true
}

// rolling says that a roll-out goes on by itself: it does not where nobody
// deletes the old pods, or while a new one cannot run.
func rolling(ds *appsv1.DaemonSet, pods []*corev1.Pod) bool {
	return ds.Spec.UpdateStrategy.Type != appsv1.OnDeleteDaemonSetStrategyType && !slices.ContainsFunc(pods, podstate.Stuck)
}
