package wait

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// rollingState is what the roll-out of a workload is judged by.
type rollingState struct {
	observed                       bool
	desired, total, updated, ready int
	stuck                          string // why its controller gave up
	selector                       string
}

func (s rollingState) complete() bool {
	return s.observed && s.updated >= s.desired && s.ready >= s.desired && s.total <= s.updated
}

// WaitWorkload implements [plan.Kube].
func (c Waiter) WaitWorkload(ctx context.Context, ref plan.ObjectRef, progress plan.ProgressFunc) error {
	doing := "wait for the rollout of " + ref.Kind
	w := c.startWaiting(ctx, doing, ref.String())
	var found *follow.Set[rollingState]
	calls, streams, byName := c.Calls.AppsV1(), c.Streams.AppsV1(), api.ByName(ref.Name)
	switch ref.Kind {
	case world.WorkloadDeployment:
		found = watched(w, follow.Listed(calls.Deployments(ref.Namespace), streams.Deployments(ref.Namespace), "", byName), false, deploymentState)
	case world.WorkloadStatefulSet:
		found = watched(w, follow.Listed(calls.StatefulSets(ref.Namespace), streams.StatefulSets(ref.Namespace), "", byName), false, statefulSetState)
	case world.WorkloadDaemonSet:
		found = watched(w, c.DaemonSetSource(ref.Namespace, ref.Name), false, daemonSetState)
	default:
		return &world.Problem{Doing: doing, Object: ref.String(), Err: errors.New("podsg does not know how this kind rolls out")}
	}
	pods := watched(w, c.PodSource(ref.Namespace, ""), true, func(p *corev1.Pod) (ownedHold, bool) {
		owner := metav1.GetControllerOf(p)
		return ownedHold{holdOf(p), p.Labels}, owner != nil
	})
	return w.until(ctx, progress, func() (plan.Progress, bool, error) {
		states := found.Values()
		if len(states) == 0 {
			return plan.Progress{}, false, &world.Problem{Kind: world.ProblemNotFound, Doing: doing, Object: ref.String(), Err: errors.New("it does not exist any more")}
		}
		s := states[0]
		p := plan.Progress{Done: min(s.updated, s.ready, s.desired), Total: s.desired}
		switch {
		case s.complete():
			p.Text = "all " + facts.Count(s.desired, "pod") + " replaced"
			return p, true, nil
		case !s.observed:
			p.Text, p.Done = "waiting for its controller to see the change", 0
			return p, false, nil
		case s.stuck != "":
			return p, false, &world.Problem{
				Doing: doing, Object: ref.String(), Err: fmt.Errorf("it does not go on: %s%s", s.stuck, firstHold(pods.Values(), s.selector, "; ")),
				Hint:    "the old pods that are left go on; the diagnosis says what the new ones wait for",
				Command: shell.Command("podsg diagnose --namespace %s", ref.Namespace),
			}
		}
		p.Text = fmt.Sprintf("%d of %s replaced", s.updated, facts.Count(s.desired, "pod"))
		if s.updated >= s.desired {
			p.Text += fmt.Sprintf(", %d ready", s.ready)
		}
		p.Text += firstHold(pods.Values(), s.selector, "; ")
		return p, false, nil
	})
}

// ownedHold is a pod of the namespace, why it is not ready, and its labels.
type ownedHold struct {
	podHold
	labels map[string]string
}

// firstHold says what the first pod that a selector selects waits for.
func firstHold(pods []ownedHold, selector, before string) string {
	waiting := slices.DeleteFunc(slices.Clone(pods), func(p ownedHold) bool { return p.why == "" || !selects(selector, p.labels) })
	if len(waiting) == 0 {
		return ""
	}
	return before + slices.MinFunc(waiting, func(a, b ownedHold) int { return cmp.Compare(a.name, b.name) }).String()
}

func selects(selector string, podLabels map[string]string) bool {
	s, err := labels.Parse(selector)
	return err == nil && s.Matches(labels.Set(podLabels))
}

func deploymentState(d *appsv1.Deployment) (rollingState, bool) {
	s := rollingState{
		observed: d.Status.ObservedGeneration >= d.Generation, desired: int(ptr.Deref(d.Spec.Replicas, 1)), total: int(d.Status.Replicas),
		updated: int(d.Status.UpdatedReplicas), ready: int(d.Status.AvailableReplicas), selector: metav1.FormatLabelSelector(d.Spec.Selector),
	}
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentProgressing && c.Reason == "ProgressDeadlineExceeded" {
			s.stuck = c.Message
		}
	}
	return s, true
}

func statefulSetState(d *appsv1.StatefulSet) (rollingState, bool) {
	return rollingState{
		observed: d.Status.ObservedGeneration >= d.Generation, desired: int(ptr.Deref(d.Spec.Replicas, 1)), total: int(d.Status.UpdatedReplicas),
		updated: int(d.Status.UpdatedReplicas), ready: int(d.Status.ReadyReplicas), selector: metav1.FormatLabelSelector(d.Spec.Selector),
	}, true
}

func daemonSetState(d *appsv1.DaemonSet) (rollingState, bool) {
	return rollingState{
		observed: d.Status.ObservedGeneration >= d.Generation, desired: int(d.Status.DesiredNumberScheduled), total: int(d.Status.UpdatedNumberScheduled),
		updated: int(d.Status.UpdatedNumberScheduled), ready: int(d.Status.NumberReady), selector: metav1.FormatLabelSelector(d.Spec.Selector),
	}, true
}
