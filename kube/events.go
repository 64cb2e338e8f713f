package kube

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"podsg/kube/internal/follow"
	"podsg/steps"
)

// eventFacts observes the events of the chosen namespace and of the nodes.
func (o *observation) eventFacts(ctx context.Context) error {
	sources := []follow.Source{o.events(nodeEventsIn, of("Node", ""))}
	if ns := o.scope.Namespace; ns != "" {
		sources = append(sources, o.events(ns, ""))
	}
	found := make([][]steps.ClusterEvent, len(sources))
	group, ctx := errgroup.WithContext(ctx)
	for i, source := range sources {
		group.Go(func() (err error) {
			found[i], err = collect(ctx, source, keepEvent)
			return o.problem("list events", "", err)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	events := slices.Concat(found...)
	sortEvents(events)
	o.facts.Events = slices.Compact(events) // node events are seen twice in namespace default
	return nil
}

// PodEvents implements [steps.Kube].
func (c Reader) PodEvents(ctx context.Context, namespace, pod string) ([]steps.ClusterEvent, error) {
	events, err := collect(ctx, c.events(namespace, of("Pod", pod)), keepEvent)
	if err != nil {
		return nil, c.problem("list events of pod", namespace+"/"+pod, err)
	}
	sortEvents(events)
	return events, nil
}

// sortEvents puts the oldest first.
func sortEvents(events []steps.ClusterEvent) {
	slices.SortFunc(events, func(a, b steps.ClusterEvent) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message))
	})
}

// keepEvent reduces an event; it always keeps it.
func keepEvent(e *corev1.Event) (steps.ClusterEvent, bool) { return EventFacts(e), true }

// EventFacts reduces an event. Its time and count are where the recorder put
// them: the old fields, the series, or the time of the first.
func EventFacts(e *corev1.Event) steps.ClusterEvent {
	facts := steps.ClusterEvent{
		At:        e.LastTimestamp.Time,
		Type:      e.Type,
		Reason:    e.Reason,
		Message:   e.Message,
		Kind:      e.InvolvedObject.Kind,
		Namespace: e.InvolvedObject.Namespace,
		Name:      e.InvolvedObject.Name,
		Count:     max(int(e.Count), 1),
		Component: cmp.Or(e.Source.Component, e.ReportingController),
	}
	if e.Series != nil {
		facts.Count = max(facts.Count, int(e.Series.Count))
		facts.At = latest(facts.At, e.Series.LastObservedTime.Time)
	}
	if facts.At.IsZero() {
		facts.At = latest(e.EventTime.Time, e.FirstTimestamp.Time, e.CreationTimestamp.Time)
	}
	return facts
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}
