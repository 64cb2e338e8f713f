package controllers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/podstate"
)

var statefulSetKind = appsv1.SchemeGroupVersion.WithKind("StatefulSet")

// The StatefulSet controller keeps pods with numbers. It makes them in order,
// the next one when the one before is ready, and replaces or removes them from
// the highest number down.
type statefulSets struct {
	*component.Base
	events *component.Recorder
	queue  *component.Queue

	mu      sync.Mutex
	refused map[types.UID]bool // sets whose pods are refused when they are created
}

func startStatefulSets(ctx context.Context, b *component.Base) {
	s := &statefulSets{Base: b, events: b.NewRecorder(names.StatefulSetController), queue: b.NewQueue(), refused: map[types.UID]bool{}}
	b.StatefulSets.OnChange(func(o *appsv1.StatefulSet, _ bool) { s.queue.Add(component.KeyOf(o)) })
	onOwned(b, statefulSetKind.Kind, s.queue)
	s.queue.Work(ctx, 2, s.sync)
	b.AwaitBeforeSettling(s.settled)
}

// A numbered is a StatefulSet with its pods, by number.
type numbered struct {
	set             *appsv1.StatefulSet
	first, end      int                 // of the numbers that there are to be
	pods            map[int]*corev1.Pod // also those beyond, which have to go
	update          string              // the revision of the template
	current         string              // the revision before it, while it is rolled out
	partition       int                 // numbers below it keep the current revision
	oneAfterAnother bool
}

func (s *statefulSets) sync(_ context.Context, name string) (time.Duration, error) {
	set, ok := s.StatefulSets.Get(component.SplitKey(name))
	if !ok || set.DeletionTimestamp != nil {
		return 0, nil
	}
	hash := templateHash(&set.Spec.Template)
	if err := ensureRevision(s.Base, set, statefulSetKind, &set.Spec.Template, hash); err != nil {
		return 0, err
	}
	n := s.number(set, revisionName(set, hash))
	err := s.step(n)
	s.mu.Lock()
	s.refused[set.UID] = err != nil
	s.mu.Unlock()
	if statusErr := s.updateStatus(s.number(set, n.update)); err == nil {
		err = statusErr
	}
	return 0, err
}

func (s *statefulSets) number(set *appsv1.StatefulSet, update string) numbered {
	n := numbered{set: set, pods: map[int]*corev1.Pod{}, update: update, current: set.Status.CurrentRevision}
	if set.Spec.Ordinals != nil {
		n.first = int(set.Spec.Ordinals.Start)
	}
	n.end = n.first + replicas(set.Spec.Replicas)
	n.oneAfterAnother = set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement
	if n.current == "" {
		n.current = update
	}
	if r := set.Spec.UpdateStrategy.RollingUpdate; r != nil && r.Partition != nil {
		n.partition = int(*r.Partition)
	}
	for _, p := range s.Pods.List(component.ByOwner, string(set.UID)) {
		if number, err := strconv.Atoi(strings.TrimPrefix(p.Name, set.Name+"-")); err == nil {
			n.pods[number] = p
		}
	}
	return n
}

// descending are the numbers of the pods that there are, from the highest down.
func (n numbered) descending() []int {
	numbers := slices.Sorted(maps.Keys(n.pods))
	slices.Reverse(numbers)
	return numbers
}

func healthy(p *corev1.Pod) bool { return podstate.Ready(p) && p.DeletionTimestamp == nil }

// step does what can be done now: first the missing pods, then those that are
// too many, then those of an old template. One after another, unless the set's
// policy is Parallel.
func (s *statefulSets) step(n numbered) error {
	for number := n.first; number < n.end; number++ {
		p, there := n.pods[number]
		switch {
		case !there:
			if err := s.create(n, number); err != nil {
				return err
			}
		case podstate.Finished(p) && p.DeletionTimestamp == nil:
			if err := s.remove(n, p); err != nil {
				return err
			}
		case healthy(p):
			continue
		}
		if n.oneAfterAnother {
			return nil
		}
	}
	for _, number := range n.descending() {
		p := n.pods[number]
		if number >= n.first && number < n.end {
			continue
		}
		if p.DeletionTimestamp == nil {
			if err := s.remove(n, p); err != nil {
				return err
			}
		}
		if n.oneAfterAnother {
			return nil
		}
	}
	if n.set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
		return nil
	}
	for _, number := range n.descending() {
		p := n.pods[number]
		switch {
		case number < n.partition:
			return nil
		case !healthy(p):
			return nil // it is waited for
		case p.Labels[appsv1.ControllerRevisionHashLabelKey] != n.update:
			return s.remove(n, p)
		}
	}
	return nil
}

// create makes the pod of a number, and the claims for its volumes.
func (s *statefulSets) create(n numbered, number int) error {
	template, revision := &n.set.Spec.Template, n.update
	if number < n.partition {
		if old, ok := revisedTemplate(s.Base, n.set.Namespace, n.current); ok {
			template, revision = old, n.current
		}
	}
	name := fmt.Sprintf("%s-%d", n.set.Name, number)
	pod := newPod(n.set, statefulSetKind, template, map[string]string{
		appsv1.ControllerRevisionHashLabelKey: revision,
		appsv1.StatefulSetPodNameLabel:        name,
		appsv1.PodIndexLabel:                  strconv.Itoa(number),
	})
	pod.Name, pod.Spec.Hostname, pod.Spec.Subdomain = name, name, n.set.Spec.ServiceName
	owner := component.About("apps/v1", statefulSetKind.Kind, n.set)
	for _, claim := range n.set.Spec.VolumeClaimTemplates {
		volume := corev1.Volume{Name: claim.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name + "-" + name},
		}}
		pod.Spec.Volumes = append(slices.DeleteFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == claim.Name }), volume)
		if err := s.claim(n.set, claim, name, owner); err != nil {
			return err
		}
	}
	if _, err := s.Pods.Create(component.ControllerManager, pod); err != nil {
		s.events.Warning(owner, "FailedCreate", "create Pod %s in StatefulSet %s failed error: %v", name, n.set.Name, err)
		return fmt.Errorf("create pod %q of StatefulSet %q: %w", name, component.KeyOf(n.set), err)
	}
	s.events.Normal(owner, "SuccessfulCreate", "create Pod %s in StatefulSet %s successful", name, n.set.Name)
	return nil
}

// claim makes the claim of a pod for one of its volumes. It stays when the pod
// goes, and the pod of the same number finds it again.
func (s *statefulSets) claim(set *appsv1.StatefulSet, template corev1.PersistentVolumeClaim, pod string, owner corev1.ObjectReference) error {
	claim := template.DeepCopy()
	claim.Name, claim.Namespace = template.Name+"-"+pod, set.Namespace
	claim.Labels = maps.Clone(set.Spec.Selector.MatchLabels)
	if policy := set.Spec.PersistentVolumeClaimRetentionPolicy; policy != nil && policy.WhenDeleted == appsv1.DeletePersistentVolumeClaimRetentionPolicyType {
		claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, statefulSetKind)}
	}
	switch _, err := s.Claims.Create(component.ControllerManager, claim); {
	case apierrors.IsAlreadyExists(err):
		return nil
	case err != nil:
		s.events.Warning(owner, "FailedCreate", "create Claim %s for Pod %s in StatefulSet %s failed error: %v", claim.Name, pod, set.Name, err)
		return fmt.Errorf("create claim %q of StatefulSet %q: %w", claim.Name, component.KeyOf(set), err)
	}
	s.events.Normal(owner, "SuccessfulCreate", "create Claim %s Pod %s in StatefulSet %s success", claim.Name, pod, set.Name)
	return nil
}

func (s *statefulSets) remove(n numbered, p *corev1.Pod) error {
	if err := s.Pods.Remove(component.ControllerManager, p, metav1.DeleteOptions{}); err != nil {
		return fmt.Errorf("delete pod %q: %w", component.KeyOf(p), err)
	}
	s.events.Normal(component.About("apps/v1", statefulSetKind.Kind, n.set), "SuccessfulDelete", "delete Pod %s in StatefulSet %s successful", p.Name, n.set.Name)
	return nil
}

func (s *statefulSets) updateStatus(n numbered) error {
	status := appsv1.StatefulSetStatus{ObservedGeneration: n.set.Generation, CurrentRevision: n.current, UpdateRevision: n.update, CollisionCount: n.set.Status.CollisionCount}
	for _, p := range n.pods {
		status.Replicas++
		if podstate.Ready(p) {
			status.ReadyReplicas++
			status.AvailableReplicas++
		}
		if p.DeletionTimestamp != nil {
			continue
		}
		switch p.Labels[appsv1.ControllerRevisionHashLabelKey] {
		case n.update:
			status.UpdatedReplicas++
		case n.current:
			status.CurrentReplicas++
		}
	}
	if want := int32(n.end - n.first); n.current == n.update || status.UpdatedReplicas == want && status.ReadyReplicas == want {
		status.CurrentRevision, status.CurrentReplicas = n.update, status.UpdatedReplicas
	}
	_, err := s.StatefulSets.MutateStatus(component.ControllerManager, n.set.Namespace, n.set.Name, func(live *appsv1.StatefulSet) error {
		live.Status = status
		return nil
	})
	return component.IgnoreNotFound(err)
}

// settled says that every set has the pods that it can have by now: all, or
// those up to one that is not ready.
func (s *statefulSets) settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, set := range s.StatefulSets.All() {
		pods := s.Pods.List(component.ByOwner, string(set.UID))
		ready := podstate.CountReady(pods)
		goesOn := int(ready) == len(pods) && len(pods) < replicas(set.Spec.Replicas) && !s.refused[set.UID]
		if set.Status.ObservedGeneration < set.Generation || goesOn || set.Status.ReadyReplicas != ready {
			return false
		}
	}
	return true
}
