package wait

import (
	"cmp"
	"context"

	"k8s.io/apimachinery/pkg/labels"

	"podsg/kube/facts"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// WaitPods implements [plan.Kube].
func (c Waiter) WaitPods(ctx context.Context, namespace string, podLabels map[string]string, want func([]world.Pod) (waitingFor string), progress plan.ProgressFunc) ([]world.Pod, error) {
	selector := labels.SelectorFromSet(podLabels).String()
	w := c.startWaiting(ctx, "wait for pods", cmp.Or(selector, "all")+" in "+namespace)
	followed := watched(w, c.PodSource(namespace, selector), false, facts.KeepPod)
	var pods []world.Pod
	err := w.until(ctx, progress, func() (plan.Progress, bool, error) {
		pods = followed.Values()
		facts.SortByAge(pods)
		waitingFor := want(pods)
		return plan.Progress{Text: waitingFor}, waitingFor == "", nil
	})
	return pods, err
}
