package observe

import (
	"context"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/kube/facts"
)

// maxLogBytes bounds what is read of a log at once.
const maxLogBytes = 1 << 20

// Logs implements [steps.Kube]. A container that has not started has an empty
// log.
func (c Reader) Logs(ctx context.Context, namespace, pod string, tail int) (string, error) {
	name := facts.Qualified(namespace, pod)
	found, err := c.Calls.CoreV1().Pods(namespace).Get(ctx, pod, metav1.GetOptions{})
	if err != nil {
		return "", c.Problem("read log of pod", name, err)
	}
	if len(found.Spec.Containers) == 0 {
		return "", nil
	}
	text, err := c.readLog(ctx, namespace, pod, &corev1.PodLogOptions{
		Container: found.Spec.Containers[0].Name, TailLines: ptr.To(int64(tail)),
	})
	if apierrors.IsBadRequest(err) && strings.Contains(err.Error(), "is waiting to start") {
		return "", nil
	}
	return text, c.Problem("read log of pod", name, err)
}

// readLog reads a log to its end; its errors are those of the API.
func (c Reader) readLog(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) (string, error) {
	stream, err := c.Calls.CoreV1().Pods(namespace).GetLogs(pod, options).Stream(ctx)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	text, err := io.ReadAll(io.LimitReader(stream, maxLogBytes))
	if err != nil {
		return "", err
	}
	return string(text), nil
}
