package kubelet

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/cni"
	"podsg/sandbox/cluster/component"
)

// A podWorker leads one pod through its life: volumes, network, init
// containers, containers, end.
type podWorker struct {
	*Kubelets
	node   string
	pod    *corev1.Pod // as it was when it came to the node
	events *component.Recorder
	actor  component.Actor

	ctx         context.Context // ends when the pod is gone from the API
	cancel      context.CancelFunc
	terminating chan struct{} // closed when the pod's deletion is asked for
	once        sync.Once
	changed     chan struct{} // holds a token when the pod changed

	volumes map[string]map[string][]byte // volume → path in it → content

	mu      sync.Mutex
	network cni.Network
	inits   []*containerRun
	mains   []*containerRun
	started metav1.Time
	over    bool // no container will run again
}

func (k *Kubelets) newWorker(ctx context.Context, p *corev1.Pod) *podWorker {
	ctx, cancel := context.WithCancel(ctx)
	w := &podWorker{
		Kubelets:    k,
		node:        p.Spec.NodeName,
		pod:         p,
		events:      k.events.On(p.Spec.NodeName),
		actor:       component.Kubelet(p.Spec.NodeName),
		ctx:         ctx,
		cancel:      cancel,
		terminating: make(chan struct{}),
		changed:     make(chan struct{}, 1),
	}
	for i := range p.Spec.InitContainers {
		w.inits = append(w.inits, newContainerRun(w, &p.Spec.InitContainers[i], "initContainers"))
	}
	for i := range p.Spec.Containers {
		w.mains = append(w.mains, newContainerRun(w, &p.Spec.Containers[i], "containers"))
	}
	w.podChanged(p)
	return w
}

// podChanged is told of every state of the pod.
func (w *podWorker) podChanged(p *corev1.Pod) {
	if p.DeletionTimestamp != nil {
		w.once.Do(func() { close(w.terminating) })
	}
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// current is the pod as it is now.
func (w *podWorker) current() *corev1.Pod {
	if p, ok := w.Pods.Get(w.pod.Namespace, w.pod.Name); ok && p.UID == w.pod.UID {
		return p
	}
	return w.pod
}

func (w *podWorker) run() {
	defer w.forget(w.pod.UID)
	defer w.cancel()
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	lived := make(chan struct{})
	w.Spawn(func() {
		defer close(lived)
		w.live(ctx)
	})
	select {
	case <-w.terminating:
	case <-lived: // it has finished, and stays as it is until it is deleted
		select {
		case <-w.terminating:
		case <-w.ctx.Done():
		}
	case <-w.ctx.Done():
	}
	w.stopContainers(stop, lived)
	w.leaveNetwork()
	if w.ctx.Err() == nil {
		w.reportStatus()
		if err := w.Pods.Remove(w.actor, w.pod, metav1.DeleteOptions{GracePeriodSeconds: ptr.To(int64(0))}); err != nil {
			w.Log.Debug("pod not removed", "pod", component.KeyOf(w.pod), "error", err)
		}
	}
}

// live runs the pod until its containers have ended for good or ctx ends.
func (w *podWorker) live(ctx context.Context) {
	w.mu.Lock()
	w.started = w.Now()
	w.mu.Unlock()
	w.reportStatus()
	if !w.Spend(ctx, podSetUpTime) || !w.mountVolumes(ctx) || !w.joinNetwork(ctx) {
		return
	}
	w.reportStatus()
	for _, c := range w.inits {
		if sidecar(c.spec) {
			w.Spawn(func() { c.keepRunning(ctx) })
			if !c.awaitStart(ctx) {
				return
			}
			continue
		}
		if !c.keepRunning(ctx) {
			w.finish(ctx) // an init container failed for good
			return
		}
	}
	var running sync.WaitGroup
	for _, c := range w.mains {
		running.Go(func() { c.keepRunning(ctx) })
	}
	running.Wait()
	w.finish(ctx)
}

// finish reports a pod whose containers will not run again.
func (w *podWorker) finish(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	w.leaveNetwork()
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.reportStatus()
}

// stopContainers ends the containers: they are asked to, and killed once the
// grace period is over. A pod that is gone from the API gets none.
func (w *podWorker) stopContainers(stop context.CancelFunc, lived <-chan struct{}) {
	containers := append(w.inits[:len(w.inits):len(w.inits)], w.mains...)
	for _, c := range containers {
		if c.isRunning() {
			w.events.Normal(component.AboutContainer(w.pod, c.list, c.spec.Name), "Killing", "Stopping container %s", c.spec.Name)
		}
	}
	stop() // asks
	grace := w.Clock.NewTimer(w.gracePeriod())
	defer grace.Stop()
	select {
	case <-lived:
	case <-grace.C():
	case <-w.ctx.Done():
	}
	for {
		for _, c := range containers {
			c.kill()
		}
		again := w.Clock.NewTimer(killInterval)
		select {
		case <-lived:
			again.Stop()
			return
		case <-again.C():
		}
	}
}

func (w *podWorker) gracePeriod() time.Duration {
	if s := w.current().DeletionGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return time.Duration(corev1.DefaultTerminationGracePeriodSeconds) * time.Second
}

// mountVolumes collects the pod's volumes. It waits for Secrets and ConfigMaps
// that are not there yet.
func (w *podWorker) mountVolumes(ctx context.Context) bool {
	for {
		volumes := map[string]map[string][]byte{}
		ok := true
		for i := range w.pod.Spec.Volumes {
			v := &w.pod.Spec.Volumes[i]
			files, err := volumeFiles(w.Base, w.current(), v)
			if err != nil {
				w.events.Warning(component.AboutPod(w.pod), "FailedMount", "MountVolume.SetUp failed for volume %q : %v", v.Name, err)
				ok = false
				continue
			}
			volumes[v.Name] = files
		}
		if ok {
			w.volumes = volumes
			return true
		}
		if !w.Pause(ctx, volumeRetryInterval) {
			return false
		}
	}
}

func sidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}
