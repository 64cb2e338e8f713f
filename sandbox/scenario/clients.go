package scenario

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// hearLimit is how long the clients may take, in the machine's time.
const hearLimit = 15 * time.Second

// hearGreen returns when every green pod that runs has said what it finds at the
// database: the checks read that, and in a cluster that has been running for
// long it is there.
func (r *ready) hearGreen(ctx context.Context, w Running) error {
	pods, err := storage.NewClient[*corev1.Pod](w.Store, gvr.Pods, "").List(appNamespace, storage.Selector{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, hearLimit)
	defer cancel()
	for _, p := range pods {
		if p.Labels[probeLabel] != greenRole || !slices.ContainsFunc(p.Status.ContainerStatuses, runningClient) {
			continue
		}
		if err := r.hear(ctx, w, p); err != nil {
			return err
		}
	}
	return nil
}

func runningClient(s corev1.ContainerStatus) bool {
	return s.Name == clientContainer && s.State.Running != nil
}

// hear follows a pod's log until it says what it finds.
func (r *ready) hear(ctx context.Context, w Running, pod *corev1.Pod) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	log := &listener{heard: cancel, answered: r.answered(pod)}
	return w.Cluster.Logs(ctx, pod, &corev1.PodLogOptions{Container: clientContainer, Follow: true}, log)
}

// answered says that nothing keeps a pod's packets from the database.
func (r *ready) answered(pod *corev1.Pod) bool {
	from, err := netip.ParseAddr(pod.Status.PodIP)
	to, known := r.Account.LookupHost(string(r.secret.Data["host"]))
	if err != nil || !known {
		return false
	}
	reachable, _ := r.Account.Reachable(from, to, "tcp", databasePort)
	return reachable
}

// A listener reads the lines of a client until one says what it finds. That an
// attempt took too long is not it where the packets are answered: then it was
// this machine that was slow, and another attempt follows.
type listener struct {
	heard    func()
	answered bool
}

func (l *listener) Write(line []byte) (int, error) {
	if !l.answered || !bytes.Contains(line, []byte("timeout expired")) {
		l.heard()
	}
	return len(line), nil
}
