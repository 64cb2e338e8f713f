package live_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/live"
	"podsg/kube/live/rows"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/gvr"
)

func TestFollowLogGivesEachLineOnceOverRestarts(t *testing.T) {
	begin := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	lines := func(from, to int) (text string) {
		for i := from; i <= to; i++ { // four lines a second
			text += fmt.Sprintf("%s line %d\n", begin.Add(time.Duration(i)*250*time.Millisecond).Format(time.RFC3339Nano), i)
		}
		return text
	}
	var mu sync.Mutex
	var calls int
	w := newWorld(t, func(c *kubeapi.Config) {
		c.Logs = func(ctx context.Context, _ *corev1.Pod, opts *corev1.PodLogOptions, out io.Writer) error {
			mu.Lock()
			calls++
			call := calls
			mu.Unlock()
			switch {
			case call == 1 && opts.TailLines != nil:
				_, err := io.WriteString(out, lines(1, 5)) // and the container ends
				return err
			case call == 2 && opts.SinceTime != nil:
				if _, err := io.WriteString(out, lines(4, 8)); err != nil { // sinceTime is cut to the second
					return err
				}
			}
			<-ctx.Done()
			return nil
		}
	})
	p := pod("workshop", "green", "a", nil)
	put(t, w, gvr.Pods, p, func(p *corev1.Pod) {
		running(p)
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}}}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	emitted, done := make(chan string, 20), make(chan error, 1)
	go func() {
		done <- live.FollowLog(ctx, w.client, live.LogRequest{Namespace: "workshop", Pod: "green", Tail: 10}, func(l rows.LogLine) { emitted <- l.Text })
	}()
	var got, want []string
	for i := 1; i <= 8; i++ {
		want = append(want, fmt.Sprint("line ", i))
		select {
		case text := <-emitted:
			got = append(got, text)
		case <-time.After(10 * time.Second):
			t.Fatalf("got only %q", got)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestFollowLogEndsWithThePod(t *testing.T) {
	w := newWorld(t)
	err := live.FollowLog(t.Context(), w.client, live.LogRequest{Namespace: "workshop", Pod: "missing"}, func(rows.LogLine) {})
	if err != nil {
		t.Error(err)
	}
}
