// Package streams carries the logs of containers and the connections of
// port-forward.
package streams

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/request"
)

// A LogFunc writes a container's log to w until it ends or, when following,
// until ctx ends. The container is always named in opts.
type LogFunc func(ctx context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, w io.Writer) error

// ServeLog streams a container's log; without read, the server has none.
func ServeLog(w http.ResponseWriter, req *request.Request, pod *corev1.Pod, read LogFunc) error {
	opts, err := logOptions(req)
	if err != nil {
		return err
	}
	if opts.Container, err = logContainer(pod, opts.Container); err != nil {
		return err
	}
	if err := checkLogReadable(pod, opts); err != nil {
		return err
	}
	if read == nil {
		return apierror.NoSuchResource()
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Cache-Control", "no-cache, private")
	out := &flushWriter{w: w}
	if opts.Follow {
		w.WriteHeader(http.StatusOK)
		out.flush()
	}
	err = read(req.HTTP.Context(), pod, opts, out)
	if err != nil && !out.used && !opts.Follow {
		w.Header().Del("Content-Type")
		return err
	}
	return nil // what was sent cannot be taken back
}

// logOptions reads the query by hand: its conversion is not in client-go.
func logOptions(req *request.Request) (*corev1.PodLogOptions, error) {
	opts := &corev1.PodLogOptions{
		Container:  req.Query.Get("container"),
		Follow:     req.Flag("follow"),
		Previous:   req.Flag("previous"),
		Timestamps: req.Flag("timestamps"),
	}
	for name, field := range map[string]**int64{
		"tailLines":    &opts.TailLines,
		"sinceSeconds": &opts.SinceSeconds,
		"limitBytes":   &opts.LimitBytes,
	} {
		text := req.Query.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("%s %q is not a number of zero or more", name, text))
		}
		*field = &n
	}
	if text := req.Query.Get("sinceTime"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("sinceTime %q is not a time: %v", text, err))
		}
		since := metav1.NewTime(at)
		opts.SinceTime = &since
	}
	return opts, nil
}

// logContainer is the container whose log is asked for, which may go unnamed
// when there is only one.
func logContainer(pod *corev1.Pod, name string) (string, error) {
	var names []string
	for _, c := range pod.Spec.Containers {
		names = append(names, c.Name)
	}
	if name == "" {
		if len(names) == 1 {
			return names[0], nil
		}
		return "", apierrors.NewBadRequest(fmt.Sprintf("a container name must be specified for pod %s, choose one of: %v", pod.Name, names))
	}
	for _, c := range pod.Spec.InitContainers {
		names = append(names, c.Name)
	}
	if slices.Contains(names, name) {
		return name, nil
	}
	return "", apierrors.NewBadRequest(fmt.Sprintf("container %s is not valid for pod %s", name, pod.Name))
}

// checkLogReadable refuses the log of a container that has not started.
func checkLogReadable(pod *corev1.Pod, opts *corev1.PodLogOptions) error {
	if pod.Spec.NodeName == "" {
		return apierrors.NewBadRequest(fmt.Sprintf("pod %s does not have a host assigned", pod.Name))
	}
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if c.Name != opts.Container {
			continue
		}
		if opts.Previous && c.LastTerminationState.Terminated == nil {
			return apierrors.NewBadRequest(fmt.Sprintf("previous terminated container %q in pod %q not found", opts.Container, pod.Name))
		}
		if c.State.Waiting != nil && c.RestartCount == 0 && c.LastTerminationState.Terminated == nil {
			return apierrors.NewBadRequest(fmt.Sprintf("container %q in pod %q is waiting to start: %s", opts.Container, pod.Name, c.State.Waiting.Reason))
		}
	}
	return nil
}

// A flushWriter sends every line on at once.
type flushWriter struct {
	w    http.ResponseWriter
	used bool
}

func (f *flushWriter) Write(b []byte) (int, error) {
	f.used = true
	n, err := f.w.Write(b)
	f.flush()
	return n, err
}

func (f *flushWriter) flush() {
	if flusher, ok := f.w.(http.Flusher); ok {
		flusher.Flush()
	}
}
