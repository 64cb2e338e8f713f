package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/sandbox/containers"
)

// The restart back-off of a container that keeps ending.
const (
	restartBackoff    = 10 * time.Second
	restartBackoffMax = 5 * time.Minute
)

// pod is a pod whose containers run. Init containers are not supported: no pod
// of podsg has any.
type pod struct {
	kubelet *kubelet
	object  *corev1.Pod
	address netip.Addr
	cancel  context.CancelFunc

	mu         sync.Mutex
	containers []*container
}

type container struct {
	spec     *corev1.Container
	process  *containers.Process // of the newest start; nil before it
	previous *containers.Process
	restarts int32
	state    corev1.ContainerState
	last     corev1.ContainerState
}

// run keeps the containers running until ctx ends, and writes the pod's status.
func (p *pod) run(ctx context.Context) {
	p.mu.Lock()
	for i := range p.object.Spec.Containers {
		p.containers = append(p.containers, &container{
			spec:  &p.object.Spec.Containers[i],
			state: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}},
		})
	}
	list := p.containers
	p.mu.Unlock()
	var running sync.WaitGroup
	for _, c := range list {
		running.Go(func() { p.keepRunning(ctx, c) })
	}
	running.Wait()
}

// keepRunning starts a container, again after every exit where the restart
// policy says so.
func (p *pod) keepRunning(ctx context.Context, c *container) {
	backoff := restartBackoff
	for {
		process, ok := p.startContainer(ctx, c)
		if !ok {
			return
		}
		p.set(ctx, func() {
			c.previous, c.process = c.process, process
			if c.state.Terminated != nil {
				c.last = c.state
			}
			c.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(process.StartedAt())}}
		})
		p.kubelet.events.Event(p.object, corev1.EventTypeNormal, "Started", "Container started")
		select {
		case <-process.Done():
		case <-ctx.Done():
			process.Stop()
			return
		}
		code, _ := process.ExitCode()
		reason := "Completed"
		if code != 0 {
			reason = "Error"
		}
		p.set(ctx, func() {
			c.state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode: int32(code), Reason: reason, StartedAt: metav1.NewTime(process.StartedAt()), FinishedAt: metav1.NewTime(process.FinishedAt()),
			}}
		})
		policy := p.object.Spec.RestartPolicy
		if policy == corev1.RestartPolicyNever || policy == corev1.RestartPolicyOnFailure && code == 0 {
			return
		}
		p.set(ctx, func() {
			c.last, c.restarts = c.state, c.restarts+1
			c.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
				Reason: "CrashLoopBackOff", Message: fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", backoff, c.spec.Name, p.object.Name),
			}}
		})
		if pause(ctx, backoff) != nil {
			return
		}
		backoff = min(2*backoff, restartBackoffMax)
	}
}

// startContainer starts a container. It keeps trying while the image, or
// something that the container refers to, is not there.
func (p *pod) startContainer(ctx context.Context, c *container) (*containers.Process, bool) {
	for {
		reason := "ErrImagePull"
		_, err := p.kubelet.runtime.Pull(c.spec.Image)
		if err == nil {
			p.kubelet.events.Eventf(p.object, corev1.EventTypeNormal, "Pulled", "Container image %q already present on machine", c.spec.Image)
			reason = "CreateContainerConfigError"
			var spec containers.Spec
			if spec, err = p.specOf(ctx, c.spec); err == nil {
				reason = "CreateContainerError"
				var process *containers.Process
				if process, err = p.kubelet.runtime.Start(ctx, c.spec.Image, spec); err == nil {
					p.kubelet.events.Event(p.object, corev1.EventTypeNormal, "Created", "Container created")
					return process, true
				}
			}
		}
		if ctx.Err() != nil {
			return nil, false
		}
		p.kubelet.events.Eventf(p.object, corev1.EventTypeWarning, "Failed", "Error: %v", err)
		p.set(ctx, func() {
			c.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: err.Error()}}
		})
		if pause(ctx, 2*time.Second) != nil {
			return nil, false
		}
	}
}

// set changes a container's state and reports the pod's status.
func (p *pod) set(ctx context.Context, change func()) {
	p.mu.Lock()
	change()
	status := p.status()
	p.mu.Unlock()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": p.object.UID}, "status": status})
	if err != nil {
		return
	}
	for ctx.Err() == nil {
		_, err := p.kubelet.rig.client.CoreV1().Pods(p.object.Namespace).Patch(ctx, p.object.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
		if err == nil || pause(ctx, pollInterval) != nil {
			return
		}
	}
}

// status is the pod's status by its containers' states. The caller holds mu.
func (p *pod) status() map[string]any {
	var statuses []corev1.ContainerStatus
	runningNow, ended, failed := 0, 0, false
	for _, c := range p.containers {
		isRunning := c.state.Running != nil
		statuses = append(statuses, corev1.ContainerStatus{
			Name: c.spec.Name, Image: c.spec.Image, ImageID: c.spec.Image, State: c.state, LastTerminationState: c.last,
			RestartCount: c.restarts, Ready: isRunning, Started: &isRunning,
		})
		switch {
		case isRunning:
			runningNow++
		case c.state.Terminated != nil && p.object.Spec.RestartPolicy != corev1.RestartPolicyAlways:
			ended++
			failed = failed || c.state.Terminated.ExitCode != 0
		}
	}
	phase := corev1.PodRunning
	switch {
	case ended == len(p.containers) && failed:
		phase = corev1.PodFailed
	case ended == len(p.containers):
		phase = corev1.PodSucceeded
	case runningNow+ended == 0 && p.waitsForFirstStart():
		phase = corev1.PodPending
	}
	now := metav1.Now()
	condition := func(kind corev1.PodConditionType, ok bool, reason, message string) map[string]any {
		status := corev1.ConditionTrue
		if !ok {
			status = corev1.ConditionFalse
		} else {
			reason, message = "", ""
		}
		return map[string]any{"type": kind, "status": status, "reason": orNull(reason), "message": orNull(message), "lastTransitionTime": now}
	}
	up := runningNow == len(p.containers)
	reason, message := "ContainersNotReady", "containers with unready status"
	isReady := up
	if gates := p.object.Spec.ReadinessGates; up && len(gates) > 0 {
		isReady, reason = false, "ReadinessGatesNotReady"
		message = fmt.Sprintf("corresponding condition of pod readiness gate %q does not exist.", string(gates[0].ConditionType))
	}
	return map[string]any{
		"phase": phase, "containerStatuses": statuses, "message": nil,
		"conditions": []any{
			condition(corev1.PodInitialized, true, "", ""),
			condition(corev1.ContainersReady, up, "ContainersNotReady", "containers with unready status"),
			condition(corev1.PodReady, isReady, reason, message),
		},
	}
}

func (p *pod) waitsForFirstStart() bool {
	for _, c := range p.containers {
		if c.process != nil {
			return false
		}
	}
	return true
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// dialPort connects to whichever container listens on a port.
func (p *pod) dialPort(ctx context.Context, port uint16) (net.Conn, error) {
	p.mu.Lock()
	var running []*containers.Process
	for _, c := range p.containers {
		if c.process != nil && c.state.Running != nil {
			running = append(running, c.process)
		}
	}
	p.mu.Unlock()
	for _, process := range running {
		if conn, err := process.DialPort(ctx, port); err == nil {
			return conn, nil
		}
	}
	return nil, syscall.ECONNREFUSED
}
