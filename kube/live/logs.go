package live

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"

	"podsg/kube"
	"podsg/kube/live/rows"
)

// LogRequest says which log to follow.
type LogRequest struct {
	Namespace, Pod string
	Container      string // empty: the only one
	Tail           int    // how many lines of what was there before
	Clock          clock.Clock
}

// logPause is the time before a log that has ended, or cannot be had yet, is
// asked for again.
const logPause = time.Second

// maxLogLine bounds a line; the rest of a longer one is left out.
const maxLogLine = 16 << 10

// FollowLog passes the lines of a pod's log to emit as they are written, over
// restarts of the container and broken connections, each line once. It returns
// nil when ctx ends or the pod is gone.
func FollowLog(ctx context.Context, client *kube.Client, r LogRequest, emit func(rows.LogLine)) error {
	if r.Clock == nil {
		r.Clock = clock.RealClock{}
	}
	var last time.Time // of the newest line that was emitted
	for {
		err := followOnce(ctx, client, r, &last, emit)
		switch {
		case ctx.Err() != nil, apierrors.IsNotFound(err):
			return nil
		case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
			return client.Problem("follow the log of pod", r.Namespace+"/"+r.Pod, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.Clock.After(logPause):
		}
	}
}

// followOnce reads until the container, or the connection, ends.
func followOnce(ctx context.Context, client *kube.Client, r LogRequest, last *time.Time, emit func(rows.LogLine)) error {
	options := &corev1.PodLogOptions{Container: r.Container, Follow: true, Timestamps: true}
	if last.IsZero() {
		options.TailLines = ptr.To(int64(r.Tail))
	} else {
		options.SinceTime = ptr.To(metav1.NewTime(*last))
	}
	stream, err := client.Clientset().CoreV1().Pods(r.Namespace).GetLogs(r.Pod, options).Stream(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	again := *last // sinceTime has whole seconds: what came before is sent again
	reader := bufio.NewReaderSize(stream, maxLogLine)
	for {
		text, err := readLine(reader)
		if text != "" || err == nil {
			line := parseLogLine(text)
			if line.At.IsZero() || line.At.After(again) {
				emit(line)
			}
			if line.At.After(*last) {
				*last = line.At
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads a line without its end; of a very long one, the beginning.
func readLine(r *bufio.Reader) (string, error) {
	line, isPrefix, err := r.ReadLine()
	text := string(line)
	for isPrefix && err == nil {
		_, isPrefix, err = r.ReadLine()
	}
	return text, err
}

// parseLogLine splits off the time that the kubelet puts before each line.
func parseLogLine(text string) rows.LogLine {
	stamp, rest, found := strings.Cut(text, " ")
	if !found {
		stamp, rest = text, ""
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return rows.LogLine{Text: text}
	}
	return rows.LogLine{At: at, Text: rest}
}
