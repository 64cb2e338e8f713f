package wait

import (
	"cmp"
	"context"

	"k8s.io/apimachinery/pkg/labels"

	"podsg/kube/facts"
	"podsg/steps"
)

// WaitPods implements [steps.Kube].
func (c Waiter) WaitPods(ctx context.Context, namespace string, podLabels map[string]string, want func([]steps.Pod) (waitingFor string), progress steps.ProgressFunc) ([]steps.Pod, error) {
	selector := labels.SelectorFromSet(podLabels).String()
	w := c.startWaiting(ctx, "wait for pods", cmp.Or(selector, "all")+" in "+namespace)
	followed := watched(w, c.PodSource(namespace, selector), false, facts.KeepPod)
	var pods []steps.Pod
	err := w.until(ctx, progress, func() (steps.Progress, bool, error) {
		pods = followed.Values()
		facts.SortByAge(pods)
		waitingFor := want(pods)
		return steps.Progress{Text: waitingFor}, waitingFor == "", nil
	})
	return pods, err
}
