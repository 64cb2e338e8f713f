package kubelet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/containerd"
	"podsg/sandbox/cluster/names"
)

// restartForgiveness is how long a container must run for its restart back-off
// to start anew.
const restartForgiveness = 10 * time.Minute

// A containerRun is one container of a pod through its restarts.
type containerRun struct {
	worker *podWorker
	spec   *corev1.Container
	list   string // the pod spec's list that the container is in

	mu       sync.Mutex
	image    containerd.Image
	id       string
	state    corev1.ContainerState
	last     corev1.ContainerState
	restarts int32
	started  bool
	ready    bool
	process  containerd.Process // of the newest start; kept for its logs
	previous containerd.Process // of the start before
	up       chan struct{}

	unanswered bool // the network keeps the kubelet's probes from the container
}

func newContainerRun(w *podWorker, spec *corev1.Container, list string) *containerRun {
	return &containerRun{
		worker: w, spec: spec, list: list, up: make(chan struct{}),
		state: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{}},
	}
}

func (c *containerRun) status() corev1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := corev1.ContainerStatus{
		Name: c.spec.Name, Image: c.spec.Image, ContainerID: c.id,
		State: *c.state.DeepCopy(), LastTerminationState: *c.last.DeepCopy(),
		RestartCount: c.restarts, Ready: c.ready, Started: ptr.To(c.started),
	}
	if c.id != "" {
		st.Image, st.ImageID = c.image.Name, c.image.ImageID()
	}
	if st.State.Waiting != nil && st.State.Waiting.Reason == "" && c.list == "initContainers" {
		st.State.Waiting.Reason = "PodInitializing"
	}
	return st
}

// unprobed says that the kubelet's probes do not reach a container of the pod.
func (w *podWorker) unprobed() bool {
	for _, c := range w.mains {
		c.mu.Lock()
		unanswered := c.unanswered
		c.mu.Unlock()
		if unanswered {
			return true
		}
	}
	return false
}

// set changes the container's state and reports it.
func (c *containerRun) set(change func()) {
	c.mu.Lock()
	change()
	c.mu.Unlock()
	c.worker.reportStatus()
}

func (c *containerRun) wait(reason, message string) {
	c.set(func() {
		c.become(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}})
		c.ready, c.started = false, false
	})
}

// become changes the state; the end of an earlier start is kept as the last
// state. The caller holds mu.
func (c *containerRun) become(state corev1.ContainerState) {
	if c.state.Terminated != nil {
		c.last = c.state
	}
	c.state = state
}

func (c *containerRun) about() corev1.ObjectReference {
	return component.AboutContainer(c.worker.pod, c.list, c.spec.Name)
}

// keepRunning starts the container, again after every exit where the restart
// policy says so. It reports whether the container ended for good with success.
func (c *containerRun) keepRunning(ctx context.Context) bool {
	w := c.worker
	backoff := time.Duration(0)
	for {
		if !c.pull(ctx) {
			return false
		}
		p, ok := c.start(ctx)
		if !ok {
			return false
		}
		forgiven := w.Clock.NewTimer(restartForgiveness)
		c.supervise(ctx, p)
		select {
		case <-forgiven.C():
			backoff = 0
		default:
		}
		forgiven.Stop()
		code := c.exited(p)
		if ctx.Err() != nil {
			return false
		}
		if !c.restartable(code) {
			return code == 0
		}
		if backoff > 0 {
			name := fmt.Sprintf("%s_%s(%s)", w.pod.Name, w.pod.Namespace, w.pod.UID)
			c.wait("CrashLoopBackOff", fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", backoff, c.spec.Name, name))
			w.events.Warning(c.about(), "BackOff", "Back-off restarting failed container %s in pod %s", c.spec.Name, name)
			if !w.Pause(ctx, backoff) {
				return false
			}
		}
		backoff = min(max(backoff*2, restartBackoff), restartBackoffMax)
		c.mu.Lock()
		c.restarts++
		c.mu.Unlock()
	}
}

func (c *containerRun) restartable(code int) bool {
	policy := c.worker.pod.Spec.RestartPolicy
	switch {
	case sidecar(c.spec):
		return true
	case c.list == "initContainers":
		return code != 0 && policy != corev1.RestartPolicyNever
	case policy == corev1.RestartPolicyNever:
		return false
	case policy == corev1.RestartPolicyOnFailure:
		return code != 0
	}
	return true
}

// pull brings the image to the node. It keeps trying while it cannot.
func (c *containerRun) pull(ctx context.Context) bool {
	w := c.worker
	for {
		present := w.imagePresent(w.node, containerd.Qualify(c.spec.Image))
		if present && c.spec.ImagePullPolicy != corev1.PullAlways {
			w.events.Normal(c.about(), "Pulled", "Container image %q already present on machine and can be accessed by the pod", c.spec.Image)
			return c.resolve() == nil
		}
		if c.spec.ImagePullPolicy == corev1.PullNever {
			message := fmt.Sprintf("Container image %q is not present with pull policy of Never", c.spec.Image)
			w.events.Warning(c.about(), "ErrImageNeverPull", "%s", message)
			c.wait("ErrImageNeverPull", message)
			if !w.Pause(ctx, imageBackoff) {
				return false
			}
			continue
		}
		w.events.Normal(c.about(), "Pulling", "Pulling image %q", c.spec.Image)
		took := imagePullTime
		if present {
			took = imageCheckTime
		}
		d := w.Chance.Within(took)
		if !w.Spend(ctx, component.Exactly(d)) {
			return false
		}
		err := c.resolve()
		if err == nil {
			w.markPulled(w.node, containerd.Qualify(c.spec.Image))
			w.events.Normal(c.about(), "Pulled", "Successfully pulled image %q in %v (%v including waiting). Image size: %d bytes.",
				c.spec.Image, d.Round(time.Millisecond), d.Round(time.Millisecond), c.image.Size)
			return true
		}
		w.events.Warning(c.about(), "Failed", "Failed to pull image %q: %v", c.spec.Image, err)
		w.events.Warning(c.about(), "Failed", "Error: ErrImagePull")
		c.wait("ErrImagePull", err.Error())
		w.events.Normal(c.about(), "BackOff", "Back-off pulling image %q", c.spec.Image)
		w.events.Warning(c.about(), "Failed", "Error: ImagePullBackOff")
		c.wait("ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %v", c.spec.Image, err))
		if !w.Pause(ctx, imageBackoff) {
			return false
		}
	}
}

func (c *containerRun) resolve() error {
	found, err := c.worker.containers.FindImage(c.spec.Image)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.image = found
	return nil
}

// start creates and starts the container. It keeps trying while the container
// refers to something that is not there.
func (c *containerRun) start(ctx context.Context) (containerd.Process, bool) {
	w := c.worker
	for {
		if !w.Spend(ctx, containerStartTime) {
			return nil, false
		}
		p, err := w.startProcess(c)
		if err == nil {
			w.events.Normal(c.about(), "Created", "Container created")
			w.events.Normal(c.about(), "Started", "Container started")
			c.set(func() {
				c.previous, c.process = c.process, p
				c.id = "containerd://" + names.Hex(fmt.Sprintf("%s/%s/%d", w.pod.UID, c.spec.Name, c.restarts), 64)
				c.become(corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: w.Now()}})
				c.started = c.spec.StartupProbe == nil
				c.ready = c.started && c.spec.ReadinessProbe == nil && (c.list == "containers" || sidecar(c.spec))
				select {
				case <-c.up:
				default:
					close(c.up)
				}
			})
			return p, true
		}
		reason := "CreateContainerError"
		var missing *configError
		if errors.As(err, &missing) {
			reason = "CreateContainerConfigError"
		}
		w.events.Warning(c.about(), "Failed", "Error: %v", err)
		c.wait(reason, err.Error())
		if !w.Pause(ctx, configRetryInterval) {
			return nil, false
		}
	}
}

// startProcess creates and starts a container of a pod.
func (w *podWorker) startProcess(c *containerRun) (containerd.Process, error) {
	w.mu.Lock()
	address := w.network.Address
	w.mu.Unlock()
	pod := w.current().DeepCopy()
	pod.Status.PodIP = address.String()
	env, err := environment(w.Base, pod, c.spec)
	if err != nil {
		return nil, err
	}
	spec := containerd.Spec{
		Node: w.node, Container: c.spec,
		Command: expandAll(c.spec.Command, env), Args: expandAll(c.spec.Args, env), Env: env,
		Files: mounts(c.spec, w.volumes), Address: address, Hostname: pod.Name,
	}
	if pod.Spec.Hostname != "" {
		spec.Hostname = pod.Spec.Hostname
	}
	return w.containers.Start(w.ctx, c.image, spec)
}

// supervise probes a started container until it ends, which it is asked to when
// ctx ends.
func (c *containerRun) supervise(ctx context.Context, p containerd.Process) {
	probing, stop := context.WithCancel(ctx)
	var probes sync.WaitGroup
	probes.Go(func() { c.probe(probing, p) })
	select {
	case <-p.Done():
	case <-ctx.Done():
		p.Terminate()
		<-p.Done()
	}
	stop()
	probes.Wait()
}

// exited records the end of a process and returns its exit code.
func (c *containerRun) exited(p containerd.Process) int {
	code := p.ExitCode()
	c.set(func() {
		began := metav1.Time{}
		if c.state.Running != nil {
			began = c.state.Running.StartedAt
		}
		c.become(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: int32(code), Reason: exitReason(code), StartedAt: began, FinishedAt: c.worker.Now(), ContainerID: c.id,
		}})
		c.started = false
		c.ready = c.list == "initContainers" && code == 0
	})
	return code
}

func exitReason(code int) string {
	if code == 0 {
		return "Completed"
	}
	return "Error"
}

// awaitStart waits for the container's first start.
func (c *containerRun) awaitStart(ctx context.Context) bool {
	select {
	case <-c.up:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *containerRun) isRunning() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Running != nil
}

// kill ends the container at once.
func (c *containerRun) kill() {
	c.mu.Lock()
	p := c.process
	c.mu.Unlock()
	if p != nil {
		p.Kill()
	}
}
