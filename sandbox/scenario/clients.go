package scenario

import (
	"context"
	"io"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/kubeapi"
)

// hearLimit is how long the first word of a client may take, in the machine's
// time.
const hearLimit = 15 * time.Second

// hearGreen returns when every green pod that runs has said for the first time
// what it finds at the database: the checks read that, and in a cluster that has
// been running for long it is there.
func hearGreen(ctx context.Context, w Running) error {
	pods, err := kubeapi.NewClient[*corev1.Pod](w.Store, kubeapi.Pods, "").List(appNamespace, kubeapi.Selector{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, hearLimit)
	defer cancel()
	for _, p := range pods {
		if p.Labels[probeLabel] != greenRole || !slices.ContainsFunc(p.Status.ContainerStatuses, runningClient) {
			continue
		}
		if err := hear(ctx, w, p); err != nil {
			return err
		}
	}
	return nil
}

func runningClient(s corev1.ContainerStatus) bool {
	return s.Name == clientContainer && s.State.Running != nil
}

// hear follows a pod's log up to its first word.
func hear(ctx context.Context, w Running, pod *corev1.Pod) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return w.Cluster.Logs(ctx, pod, &corev1.PodLogOptions{Container: clientContainer, Follow: true}, firstWord(cancel))
}

// firstWord is called by the first write.
type firstWord func()

var _ io.Writer = firstWord(nil)

func (f firstWord) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}
