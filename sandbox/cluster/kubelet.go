package cluster

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/sandbox/kubeapi"
)

// kubelets plays the kubelets of all nodes: one worker for each pod that has a
// node, from then until the pod is gone.
type kubelets struct {
	*Base
	events     *recorder
	agents     *agents
	containers *containerRuntime

	mu      sync.Mutex
	workers map[types.UID]*podWorker
	pulled  map[string]map[string]bool // node → image name → it is there
}

func newKubelets(b *Base, a *agents, r *containerRuntime) *kubelets {
	return &kubelets{
		Base: b, events: b.newRecorder("kubelet"), agents: a, containers: r,
		workers: map[types.UID]*podWorker{}, pulled: map[string]map[string]bool{},
	}
}

func kubeletActor(node string) actor {
	return actor{manager: "kubelet", user: kubeapi.User{Name: "system:node:" + node, Groups: []string{"system:nodes", "system:authenticated"}}}
}

func (k *kubelets) start(ctx context.Context) {
	k.pods.onChange(func(p *corev1.Pod, deleted bool) {
		if p.Spec.NodeName == "" {
			return
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		w, ok := k.workers[p.UID]
		switch {
		case ok && deleted:
			w.cancel()
		case ok:
			w.podChanged(p)
		case deleted || finished(p):
		default:
			w = k.newWorker(ctx, p)
			k.workers[p.UID] = w
			k.spawn(w.run)
		}
	})
}

func (k *kubelets) forget(uid types.UID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.workers, uid)
}

func (k *kubelets) worker(uid types.UID) (*podWorker, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w, ok := k.workers[uid]
	return w, ok
}

// imagePresent reports whether a node has an image; markPulled says it does.
func (k *kubelets) imagePresent(node, image string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pulled[node][image]
}

func (k *kubelets) markPulled(node, image string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pulled[node] == nil {
		k.pulled[node] = map[string]bool{}
	}
	k.pulled[node][image] = true
}

// unprobed says that the kubelet's probes do not reach a container of a pod.
func (k *kubelets) unprobed(pod types.UID) bool {
	w, ok := k.worker(pod)
	return ok && w.unprobed()
}
