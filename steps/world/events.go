package world

import (
	"fmt"
	"slices"
	"time"
)

// Newest are the events of a namespace with a reason, the newest first.
func (s *Snapshot) Newest(reason, namespace string) []ClusterEvent {
	var out []ClusterEvent
	for _, e := range s.Kube.Events {
		if e.Reason == reason && e.Namespace == namespace {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b ClusterEvent) int { return b.At.Compare(a.At) })
	return out
}

// EventsOf are the events of a pod with one of the reasons, the newest first.
// Those of an earlier pod of the same name are left out.
func (s *Snapshot) EventsOf(pod Pod, reasons ...string) []ClusterEvent {
	var out []ClusterEvent
	for _, e := range s.Kube.Events {
		if e.Kind == "Pod" && e.Namespace == pod.Namespace && e.Name == pod.Name && slices.Contains(reasons, e.Reason) &&
			(e.At.IsZero() || !e.At.Before(pod.CreatedAt.Truncate(time.Second))) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b ClusterEvent) int { return b.At.Compare(a.At) })
	return out
}

// LastEvent is the newest event of an object with one of the given reasons, as
// ": reason: message", or empty.
func LastEvent(s *Snapshot, kind, name string, reasons ...string) string {
	for i := len(s.Kube.Events) - 1; i >= 0; i-- {
		if e := s.Kube.Events[i]; e.Kind == kind && e.Name == name && slices.Contains(reasons, e.Reason) {
			return ": " + e.Reason + ": " + e.Message
		}
	}
	return ""
}

// RecentEvents are the newest messages with a reason in a namespace, at most
// three.
func RecentEvents(s *Snapshot, namespace, reason string) []string {
	var out []string
	for _, e := range slices.Backward(s.Kube.Events) {
		if e.Namespace == namespace && e.Reason == reason && len(out) < 3 {
			out = append(out, fmt.Sprintf("%s %s: %s", e.Kind, e.Name, e.Message))
		}
	}
	return out
}

// LastPodEvent is the newest event of a pod with one of the given reasons.
func (s *Snapshot) LastPodEvent(p Pod, reasons ...string) (ClusterEvent, bool) {
	for _, e := range slices.Backward(s.Kube.Events) {
		if e.Kind == "Pod" && e.Namespace == p.Namespace && e.Name == p.Name && slices.Contains(reasons, e.Reason) {
			return e, true
		}
	}
	return ClusterEvent{}, false
}
