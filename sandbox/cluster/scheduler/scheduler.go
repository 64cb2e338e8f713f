// Package scheduler is kube-scheduler.
package scheduler

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/nodestate"
	"podsg/sandbox/cluster/placement"
	"podsg/sandbox/cluster/podstate"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/storage"
)

var schedulerActor = component.Actor{Manager: "kube-scheduler", User: access.User{Name: "system:kube-scheduler"}}

// A Scheduler gives every pod without a node one that it fits on. A pod that
// fits nowhere is looked at again when a node or another pod changes.
type Scheduler struct {
	*component.Base
	queue *component.Queue
	soon  atomic.Bool // a retry of the pending pods is due
}

// Start runs the scheduler until ctx ends.
func Start(ctx context.Context, b *component.Base) {
	s := &Scheduler{Base: b, queue: b.NewQueue()}
	b.Pods.OnChange(func(p *corev1.Pod, deleted bool) {
		switch {
		case p.Spec.NodeName == "" && !deleted:
			if _, failed := podstate.Condition(p, corev1.PodScheduled); !failed {
				s.queue.Add(component.KeyOf(p))
			}
		case deleted || podstate.Finished(p):
			s.retryPending(ctx) // its place is free
		}
	})
	// A kubelet's heartbeat changes nothing that matters here.
	seen := map[string]string{}
	b.Nodes.OnChange(func(n *corev1.Node, deleted bool) {
		state := fmt.Sprint(n.Labels, n.Spec, n.Status.Allocatable, deleted)
		if seen[n.Name] != state {
			seen[n.Name] = state
			s.retryPending(ctx)
		}
	})
	b.Every(ctx, unschedulableFlush, func() { s.retryPending(ctx) })
	if b.Staged {
		b.AwaitBeforeSettling(s.placedAll)
	}
	b.Spawn(func() {
		select {
		case <-b.Settled():
			s.retryPending(ctx) // nothing more to wait for
		case <-ctx.Done():
		}
	})
	s.queue.Work(ctx, 1, s.sync)
}

// retryPending looks at all pending pods again, after the scheduler's back-off.
func (s *Scheduler) retryPending(ctx context.Context) {
	if s.soon.Swap(true) {
		return
	}
	s.Spawn(func() {
		s.Spend(ctx, component.Exactly(retryBackoff))
		s.soon.Store(false)
		for _, p := range s.Pods.List(component.ByNode, "") {
			s.queue.Add(component.KeyOf(p))
		}
	})
}

func (s *Scheduler) sync(_ context.Context, name string) (time.Duration, error) {
	pod, ok := s.Pods.Get(component.SplitKey(name))
	if !ok || pod.Spec.NodeName != "" || pod.DeletionTimestamp != nil || pod.Spec.SchedulerName != names.SchedulerName {
		return 0, nil
	}
	if len(pod.Spec.SchedulingGates) > 0 || !s.IsSettled() && placement.DaemonTarget(pod) == "" && s.nodesComing() {
		return 0, nil
	}
	node, message := s.place(pod)
	if node == nil {
		return 0, s.fail(pod, message)
	}
	return 0, s.bind(pod, node)
}

// nodesComing says that a new world's nodes are not all up. Pods that can choose
// wait for them, so that they spread as in a cluster that grew slowly.
func (s *Scheduler) nodesComing() bool {
	for _, m := range s.Cloud.Nodes(s.Name) {
		n, ok := s.Nodes.Get("", m.PrivateDNSName)
		if !ok || !nodestate.Usable(n) && !slices.ContainsFunc(podsOn(s.Base, n.Name), podstate.Stuck) {
			return true
		}
	}
	return false
}

// place picks the best node for a pod, or says why there is none.
func (s *Scheduler) place(pod *corev1.Pod) (*corev1.Node, string) {
	nodes := s.Nodes.All()
	if target := placement.DaemonTarget(pod); target != "" {
		return s.placeOn(pod, target, len(nodes))
	}
	var misfits []*misfit
	var candidates []candidate
	inZone := map[string]int{}
	for _, n := range nodes {
		taken := occupancyOf(podsOn(s.Base, n.Name))
		siblings := countSiblings(pod, taken.pods)
		inZone[n.Labels[corev1.LabelTopologyZone]] += siblings
		if m := fits(pod, n, taken); m != nil {
			misfits = append(misfits, m)
			continue
		}
		load := share(pod, n, taken, corev1.ResourceCPU) + share(pod, n, taken, corev1.ResourceMemory)
		candidates = append(candidates, candidate{node: n, siblings: siblings, load: load})
	}
	if len(candidates) == 0 {
		return nil, unschedulableMessage(len(nodes), misfits)
	}
	best := slices.MinFunc(candidates, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(a.siblings, b.siblings),
			cmp.Compare(inZone[a.node.Labels[corev1.LabelTopologyZone]], inZone[b.node.Labels[corev1.LabelTopologyZone]]),
			cmp.Compare(a.load, b.load),
			cmp.Compare(a.node.Name, b.node.Name),
		)
	})
	return best.node, ""
}

// placedAll says that no pod which found no node would find one now.
func (s *Scheduler) placedAll() bool {
	return !slices.ContainsFunc(s.Pods.List(component.ByNode, ""), func(p *corev1.Pod) bool {
		if podstate.Finished(p) || p.DeletionTimestamp != nil {
			return false
		}
		node, _ := s.place(p)
		return node != nil
	})
}

// placeOn places a pod that is made for one node. The others are not even
// looked at, which the scheduler words in its own way.
func (s *Scheduler) placeOn(pod *corev1.Pod, target string, nodes int) (*corev1.Node, string) {
	others := &misfit{reasons: []string{"node(s) didn't satisfy plugin(s) [NodeAffinity]"}}
	misfits := slices.Repeat([]*misfit{others}, nodes)
	n, ok := s.Nodes.Get("", target)
	if !ok || nodes == 0 {
		return nil, unschedulableMessage(nodes, misfits)
	}
	m := fits(pod, n, occupancyOf(podsOn(s.Base, target)))
	if m == nil {
		return n, ""
	}
	misfits[0] = m
	return nil, unschedulableMessage(nodes, misfits)
}

// A candidate is a node that fits: how many pods of the same owner it has, and
// how full it would be.
type candidate struct {
	node     *corev1.Node
	siblings int
	load     float64
}

// podsOn are the pods that take up room on a node.
func podsOn(b *component.Base, node string) []*corev1.Pod {
	return slices.DeleteFunc(b.Pods.List(component.ByNode, node), podstate.Finished)
}

func countSiblings(pod *corev1.Pod, others []*corev1.Pod) (n int) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return 0
	}
	for _, o := range others {
		if other := metav1.GetControllerOf(o); other != nil && other.UID == owner.UID {
			n++
		}
	}
	return n
}

func (s *Scheduler) bind(pod *corev1.Pod, node *corev1.Node) error {
	bound, err := s.Pods.Mutate(schedulerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		p.Spec.NodeName = node.Name
		return nil
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("bind pod %q to node %q: %w", component.KeyOf(pod), node.Name, err)
	}
	s.announce(bound, corev1.EventTypeNormal, "Scheduled", "Binding",
		fmt.Sprintf("Successfully assigned %s/%s to %s", pod.Namespace, pod.Name, node.Name))
	_, err = s.Pods.MutateStatus(schedulerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		s.SetPodCondition(p, corev1.PodScheduled, corev1.ConditionTrue, "", "")
		return nil
	})
	return component.IgnoreNotFound(err)
}

func (s *Scheduler) fail(pod *corev1.Pod, message string) error {
	marked, err := s.Pods.MutateStatus(schedulerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		s.SetPodCondition(p, corev1.PodScheduled, corev1.ConditionFalse, corev1.PodReasonUnschedulable, message)
		return nil
	})
	if err != nil {
		return component.IgnoreNotFound(err)
	}
	s.announce(marked, corev1.EventTypeWarning, "FailedScheduling", "Scheduling", message)
	return nil
}

// announce writes an event as the scheduler does, in the newer way: it has an
// eventTime and a reporting controller instead of a source and a count; one
// that repeats becomes a series.
func (s *Scheduler) announce(pod *corev1.Pod, kind, reason, action, note string) {
	if !s.IsSettled() {
		return
	}
	now := metav1.NewMicroTime(s.Clock.Now())
	for _, e := range eventsAbout(s.Base, pod) {
		if e.Reason != reason || e.Message != note || e.ReportingController != names.SchedulerName {
			continue
		}
		_, err := s.Events.Mutate(e.Namespace, e.Name, func(e *corev1.Event) error {
			if e.Series == nil {
				e.Series = &corev1.EventSeries{Count: 1}
			}
			e.Series.Count++
			e.Series.LastObservedTime = now
			return nil
		})
		if err == nil {
			return
		}
	}
	_, err := s.Events.Create(&corev1.Event{
		ObjectMeta:          metav1.ObjectMeta{Name: s.EventName(pod.Name), Namespace: pod.Namespace},
		InvolvedObject:      component.AboutPod(pod),
		Type:                kind,
		Reason:              reason,
		Message:             note,
		Action:              action,
		EventTime:           now,
		ReportingController: names.SchedulerName,
		ReportingInstance:   names.SchedulerName + "-ip-10-0-164-32.internal",
	})
	if err != nil {
		s.Log.Debug("event not stored", "pod", component.KeyOf(pod), "reason", reason, "error", err)
	}
}

func eventsAbout(b *component.Base, pod *corev1.Pod) []*corev1.Event {
	events, err := b.Events.List(pod.Namespace, storage.ByField("involvedObject.uid", string(pod.UID)))
	if err != nil {
		return nil
	}
	return events
}
