package observe

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// eventFacts observes the events of the chosen namespace and of the nodes.
func (o *observation) eventFacts(ctx context.Context) error {
	var sources []follow.Source
	if !o.beside {
		sources = append(sources, o.EventSource(facts.NodeEventsIn, api.EventsOf("Node", "")))
	}
	if ns := o.scope.Namespace; ns != "" {
		sources = append(sources, o.EventSource(ns, ""))
	}
	found := make([][]world.ClusterEvent, len(sources))
	group, ctx := errgroup.WithContext(ctx)
	for i, source := range sources {
		group.Go(func() (err error) {
			found[i], err = api.Collect(ctx, source, keepEvent)
			return o.Problem("list events", "", err)
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

// PodEvents implements [plan.Kube].
func (c Reader) PodEvents(ctx context.Context, namespace, pod string) ([]world.ClusterEvent, error) {
	events, err := api.Collect(ctx, c.EventSource(namespace, api.EventsOf("Pod", pod)), keepEvent)
	if err != nil {
		return nil, c.Problem("list events of pod", namespace+"/"+pod, err)
	}
	sortEvents(events)
	return events, nil
}

// sortEvents puts the oldest first.
func sortEvents(events []world.ClusterEvent) {
	slices.SortFunc(events, func(a, b world.ClusterEvent) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message))
	})
}

// keepEvent reduces an event; it always keeps it.
func keepEvent(e *corev1.Event) (world.ClusterEvent, bool) { return facts.Event(e), true }
