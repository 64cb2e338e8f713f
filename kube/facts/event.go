package facts

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/steps/world"
)

// Event reduces an event. Its time and count are where the recorder put
// them: the old fields, the series, or the time of the first.
func Event(e *corev1.Event) world.ClusterEvent {
	facts := world.ClusterEvent{
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
