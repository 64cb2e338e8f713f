package kube_test

import (
	"io"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/kubeapi/faults"
	"podsg/sandbox/kubeapi/gvr"
)

func TestNothingReachesStandardError(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	standard := os.Stderr
	os.Stderr = write
	defer func() { os.Stderr = standard }()

	w := newWorld(t)
	c := w.connect(t, adminToken)
	// A watch that fails makes client-go log an error.
	remove := w.server.InjectFault(faults.Fault{Verb: "watch", Status: 500, Times: 1})
	defer remove()
	log, done := newProgressLog(), make(chan error, 1)
	go func() {
		_, err := c.WaitPods(t.Context(), "workshop", nil, running, log.add)
		done <- err
	}()
	log.await(t, containing("0 pods"))
	w.pod(t, "workshop", "green")
	setStatus(t, w, gvr.Pods, "workshop", "green", func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	write.Close()
	if text, err := io.ReadAll(read); err != nil || len(text) > 0 {
		t.Errorf("standard error got %q, %v", text, err)
	}
}
