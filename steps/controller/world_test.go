package controller

import (
	"time"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// also makes several changes, one after the other.
func also(changes ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, change := range changes {
			change(s)
		}
	}
}

// onPod changes the green pod.
func onPod(change func(p *world.Pod)) func(*world.Snapshot) {
	return func(s *world.Snapshot) { change(&s.Kube.Pods[0]) }
}

// refuse lets the newest ReplicaSet of Deployment green fail to make its pods.
func refuse(message string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		w := &s.Kube.Workloads[0]
		w.Replicas, w.Ready, w.Updated = 2, 1, 1
		s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{
			At: s.TakenAt.Add(-20 * time.Minute), Kind: "ReplicaSet", Namespace: intent.DefaultNamespace, Name: "green-7c", Reason: "FailedCreate", Message: message,
		})
	}
}

// wait lets the green pod wait for its branch ENI since a minute ago, with an
// event.
func wait(reason, message string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		p := &s.Kube.Pods[0]
		p.ENIs, p.IP, p.Phase, p.CreatedAt = nil, "", "Pending", s.TakenAt.Add(-time.Minute)
		happen(s, *p, reason, message, s.TakenAt.Add(-30*time.Second))
	}
}

// happen puts an event of a pod into the snapshot.
func happen(s *world.Snapshot, p world.Pod, reason, message string, at time.Time) {
	s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{At: at, Kind: "Pod", Namespace: p.Namespace, Name: p.Name, Reason: reason, Message: message, Count: 1})
}
