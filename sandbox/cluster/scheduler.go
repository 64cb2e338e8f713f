package cluster

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

	"podsg/sandbox/kubeapi"
)

var schedulerActor = actor{manager: "kube-scheduler", user: kubeapi.User{Name: "system:kube-scheduler"}}

// The scheduler gives every pod without a node one that it fits on. A pod that
// fits nowhere is looked at again when a node or another pod changes.
type scheduler struct {
	*Base
	queue *queue
	soon  atomic.Bool // a retry of the pending pods is due
}

func startScheduler(ctx context.Context, b *Base) {
	s := &scheduler{Base: b, queue: b.newQueue()}
	b.pods.onChange(func(p *corev1.Pod, deleted bool) {
		switch {
		case p.Spec.NodeName == "" && !deleted:
			if _, failed := podCondition(p, corev1.PodScheduled); !failed {
				s.queue.Add(keyOf(p))
			}
		case deleted || finished(p):
			s.retryPending(ctx) // its place is free
		}
	})
	// A kubelet's heartbeat changes nothing that matters here.
	seen := map[string]string{}
	b.nodes.onChange(func(n *corev1.Node, deleted bool) {
		state := fmt.Sprint(n.Labels, n.Spec, n.Status.Allocatable, deleted)
		if seen[n.Name] != state {
			seen[n.Name] = state
			s.retryPending(ctx)
		}
	})
	b.every(ctx, unschedulableFlush, func() { s.retryPending(ctx) })
	if b.staged {
		b.awaitBeforeSettling(s.placedAll)
	}
	b.spawn(func() {
		select {
		case <-b.settled:
			s.retryPending(ctx) // nothing more to wait for
		case <-ctx.Done():
		}
	})
	s.queue.work(ctx, 1, s.sync)
}

// retryPending looks at all pending pods again, after the scheduler's back-off.
func (s *scheduler) retryPending(ctx context.Context) {
	if s.soon.Swap(true) {
		return
	}
	s.spawn(func() {
		s.spend(ctx, span{schedulerBackoff, schedulerBackoff})
		s.soon.Store(false)
		for _, p := range s.pods.list(byNode, "") {
			s.queue.Add(keyOf(p))
		}
	})
}

func (s *scheduler) sync(_ context.Context, name string) (time.Duration, error) {
	pod, ok := s.pods.get(splitKey(name))
	if !ok || pod.Spec.NodeName != "" || pod.DeletionTimestamp != nil || pod.Spec.SchedulerName != schedulerName {
		return 0, nil
	}
	if len(pod.Spec.SchedulingGates) > 0 || !s.isSettled() && daemonTarget(pod) == "" && s.nodesComing() {
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
func (s *scheduler) nodesComing() bool {
	for _, m := range s.cloud.Nodes(s.name) {
		n, ok := s.nodes.get("", m.PrivateDNSName)
		if !ok || !usable(n) && !slices.ContainsFunc(podsOn(s.Base, n.Name), stuck) {
			return true
		}
	}
	return false
}

// usable says that a node is ready and no longer tainted for not being so.
func usable(n *corev1.Node) bool {
	return nodeReady(n) && !slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeNotReady })
}

// place picks the best node for a pod, or says why there is none.
func (s *scheduler) place(pod *corev1.Pod) (*corev1.Node, string) {
	nodes := s.nodes.all()
	if target := daemonTarget(pod); target != "" {
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
func (s *scheduler) placedAll() bool {
	return !slices.ContainsFunc(s.pods.list(byNode, ""), func(p *corev1.Pod) bool {
		if finished(p) || p.DeletionTimestamp != nil {
			return false
		}
		node, _ := s.place(p)
		return node != nil
	})
}

// placeOn places a pod that is made for one node. The others are not even
// looked at, which the scheduler words in its own way.
func (s *scheduler) placeOn(pod *corev1.Pod, target string, nodes int) (*corev1.Node, string) {
	others := &misfit{reasons: []string{"node(s) didn't satisfy plugin(s) [NodeAffinity]"}}
	misfits := slices.Repeat([]*misfit{others}, nodes)
	n, ok := s.nodes.get("", target)
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
func podsOn(b *Base, node string) []*corev1.Pod {
	return slices.DeleteFunc(b.pods.list(byNode, node), finished)
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

func (s *scheduler) bind(pod *corev1.Pod, node *corev1.Node) error {
	bound, err := s.pods.mutate(schedulerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		p.Spec.NodeName = node.Name
		return nil
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("bind pod %q to node %q: %w", keyOf(pod), node.Name, err)
	}
	s.announce(bound, corev1.EventTypeNormal, "Scheduled", "Binding",
		fmt.Sprintf("Successfully assigned %s/%s to %s", pod.Namespace, pod.Name, node.Name))
	_, err = s.pods.mutateStatus(schedulerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		s.setPodCondition(p, corev1.PodScheduled, corev1.ConditionTrue, "", "")
		return nil
	})
	return ignoreNotFound(err)
}

func (s *scheduler) fail(pod *corev1.Pod, message string) error {
	marked, err := s.pods.mutateStatus(schedulerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		s.setPodCondition(p, corev1.PodScheduled, corev1.ConditionFalse, corev1.PodReasonUnschedulable, message)
		return nil
	})
	if err != nil {
		return ignoreNotFound(err)
	}
	s.announce(marked, corev1.EventTypeWarning, "FailedScheduling", "Scheduling", message)
	return nil
}

// announce writes an event as the scheduler does, in the newer way: it has an
// eventTime and a reporting controller instead of a source and a count; one
// that repeats becomes a series.
func (s *scheduler) announce(pod *corev1.Pod, kind, reason, action, note string) {
	if !s.isSettled() {
		return
	}
	now := metav1.NewMicroTime(s.clock.Now())
	for _, e := range eventsAbout(s.Base, pod) {
		if e.Reason != reason || e.Message != note || e.ReportingController != schedulerName {
			continue
		}
		_, err := s.events.Mutate(e.Namespace, e.Name, func(e *corev1.Event) error {
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
	_, err := s.events.Create(&corev1.Event{
		ObjectMeta:          metav1.ObjectMeta{Name: s.eventName(pod.Name), Namespace: pod.Namespace},
		InvolvedObject:      aboutPod(pod),
		Type:                kind,
		Reason:              reason,
		Message:             note,
		Action:              action,
		EventTime:           now,
		ReportingController: schedulerName,
		ReportingInstance:   schedulerName + "-ip-10-0-164-32.internal",
	})
	if err != nil {
		s.log.Debug("event not stored", "pod", keyOf(pod), "reason", reason, "error", err)
	}
}

func eventsAbout(b *Base, pod *corev1.Pod) []*corev1.Event {
	events, err := b.events.List(pod.Namespace, kubeapi.ByField("involvedObject.uid", string(pod.UID)))
	if err != nil {
		return nil
	}
	return events
}
