// Package kubelet plays the kubelets of all nodes: what becomes of a pod from
// when it has a node until it is gone.
package kubelet

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/sandbox/cluster/cni"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/containerd"
	"podsg/sandbox/cluster/podstate"
)

// Kubelets plays the kubelets of all nodes: one worker for each pod that has a
// node, from then until the pod is gone.
type Kubelets struct {
	*component.Base
	events     *component.Recorder
	agents     *cni.Agents
	containers *containerd.Runtime

	mu      sync.Mutex
	workers map[types.UID]*podWorker
	pulled  map[string]map[string]bool // node → image name → it is there
}

// New makes the kubelets of a cluster.
func New(b *component.Base, a *cni.Agents, r *containerd.Runtime) *Kubelets {
	return &Kubelets{
		Base: b, events: b.NewRecorder("kubelet"), agents: a, containers: r,
		workers: map[types.UID]*podWorker{}, pulled: map[string]map[string]bool{},
	}
}

// Start follows the pods until ctx ends.
func (k *Kubelets) Start(ctx context.Context) {
	k.Pods.OnChange(func(p *corev1.Pod, deleted bool) {
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
		case deleted || podstate.Finished(p):
		default:
			w = k.newWorker(ctx, p)
			k.workers[p.UID] = w
			k.Spawn(w.run)
		}
	})
}

func (k *Kubelets) forget(uid types.UID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.workers, uid)
}

func (k *Kubelets) worker(uid types.UID) (*podWorker, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w, ok := k.workers[uid]
	return w, ok
}

// imagePresent reports whether a node has an image; markPulled says it does.
func (k *Kubelets) imagePresent(node, image string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pulled[node][image]
}

func (k *Kubelets) markPulled(node, image string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pulled[node] == nil {
		k.pulled[node] = map[string]bool{}
	}
	k.pulled[node][image] = true
}

// Unprobed says that the kubelet's probes do not reach a container of a pod.
func (k *Kubelets) Unprobed(pod types.UID) bool {
	w, ok := k.worker(pod)
	return ok && w.unprobed()
}
