package controllers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/podstate"
)

var deploymentKind = appsv1.SchemeGroupVersion.WithKind("Deployment")

const revisionAnnotation = "deployment.kubernetes.io/revision"

// The Deployment controller makes a ReplicaSet for each pod template and moves
// the replicas from the old ones to the new.
type deployments struct {
	*component.Base
	events *component.Recorder
	queue  *component.Queue
}

func startDeployments(ctx context.Context, b *component.Base) {
	d := &deployments{Base: b, events: b.NewRecorder(names.DeploymentController), queue: b.NewQueue()}
	b.Deployments.OnChange(func(o *appsv1.Deployment, _ bool) { d.queue.Add(component.KeyOf(o)) })
	b.ReplicaSets.OnChange(func(rs *appsv1.ReplicaSet, _ bool) {
		if owner := metav1.GetControllerOf(rs); owner != nil && owner.Kind == deploymentKind.Kind {
			d.queue.Add(component.Key(rs.Namespace, owner.Name))
		}
	})
	d.queue.Work(ctx, 2, d.sync)
	b.AwaitBeforeSettling(d.settled)
}

func (d *deployments) sync(_ context.Context, name string) (time.Duration, error) {
	o, ok := d.Deployments.Get(component.SplitKey(name))
	if !ok || o.DeletionTimestamp != nil {
		return 0, nil
	}
	current, old, err := d.sets(o)
	if err != nil {
		return 0, err
	}
	if !o.Spec.Paused {
		if o.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
			err = d.recreate(o, current, old)
		} else {
			err = d.roll(o, current, old)
		}
		if err != nil {
			return 0, err
		}
		if err := d.dropHistory(o, old); err != nil {
			return 0, err
		}
	}
	return 0, d.updateStatus(o)
}

// sets returns the deployment's ReplicaSet of the current template, which it
// makes if there is none, and those of earlier templates.
func (d *deployments) sets(o *appsv1.Deployment) (current *appsv1.ReplicaSet, old []*appsv1.ReplicaSet, err error) {
	hash := templateHash(&o.Spec.Template)
	revision := int64(0)
	for _, rs := range d.ReplicaSets.List(component.ByOwner, string(o.UID)) {
		if rs.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == hash {
			current = rs
			continue
		}
		old = append(old, rs)
		n, _ := strconv.ParseInt(rs.Annotations[revisionAnnotation], 10, 64)
		revision = max(revision, n)
	}
	number := strconv.FormatInt(revision+1, 10)
	if current != nil {
		if n, _ := strconv.ParseInt(current.Annotations[revisionAnnotation], 10, 64); n > revision {
			number = current.Annotations[revisionAnnotation]
		}
		if current.Annotations[revisionAnnotation] != number {
			current, err = d.ReplicaSets.Mutate(component.ControllerManager, current.Namespace, current.Name, func(rs *appsv1.ReplicaSet) error {
				metav1.SetMetaDataAnnotation(&rs.ObjectMeta, revisionAnnotation, number)
				return nil
			})
		}
	} else if !o.Spec.Paused {
		current, err = d.newSet(o, hash, number)
	}
	if err != nil {
		return nil, nil, err
	}
	if o.Annotations[revisionAnnotation] != number && current != nil {
		_, err = d.Deployments.Mutate(component.ControllerManager, o.Namespace, o.Name, func(o *appsv1.Deployment) error {
			metav1.SetMetaDataAnnotation(&o.ObjectMeta, revisionAnnotation, number)
			return nil
		})
	}
	return current, old, component.IgnoreNotFound(err)
}

func (d *deployments) newSet(o *appsv1.Deployment, hash, revision string) (*appsv1.ReplicaSet, error) {
	template := o.Spec.Template.DeepCopy()
	template.Labels = withLabel(template.Labels, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	selector := o.Spec.Selector.DeepCopy()
	selector.MatchLabels = withLabel(selector.MatchLabels, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	rs, err := d.ReplicaSets.Create(component.ControllerManager, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: o.Name + "-" + hash, Namespace: o.Namespace, Labels: template.Labels,
			Annotations: map[string]string{
				revisionAnnotation:                          revision,
				"deployment.kubernetes.io/desired-replicas": strconv.Itoa(replicas(o.Spec.Replicas)),
				"deployment.kubernetes.io/max-replicas":     strconv.Itoa(replicas(o.Spec.Replicas) + surge(o)),
			},
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(o, deploymentKind)},
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: ptr.To(int32(0)), Selector: selector, Template: *template},
	})
	if err != nil {
		return nil, fmt.Errorf("create ReplicaSet of Deployment %q: %w", component.KeyOf(o), err)
	}
	return rs, nil
}

// roll moves replicas step by step: the new set grows as far as the surge
// allows, the old ones shrink as far as enough pods stay available.
func (d *deployments) roll(o *appsv1.Deployment, current *appsv1.ReplicaSet, old []*appsv1.ReplicaSet) error {
	want := replicas(o.Spec.Replicas)
	total, available := replicas(current.Spec.Replicas), d.keptAvailable(current)
	for _, rs := range old {
		total += replicas(rs.Spec.Replicas)
		available += d.keptAvailable(rs)
	}
	have := replicas(current.Spec.Replicas)
	if room := want + surge(o) - total; have < want && room > 0 {
		if err := d.scale(o, current, min(want, have+room)); err != nil {
			return err
		}
	} else if have > want {
		if err := d.scale(o, current, want); err != nil {
			return err
		}
	}
	// Old pods that do not serve anyway go first and cost nothing.
	spare := available - (want - tolerable(o))
	for _, rs := range old {
		n := replicas(rs.Spec.Replicas)
		if n == 0 {
			continue
		}
		idle := n - d.keptAvailable(rs)
		shrink := idle
		if spare > 0 {
			more := min(n-idle, spare)
			shrink += more
			spare -= more
		}
		if shrink > 0 {
			if err := d.scale(o, rs, n-shrink); err != nil {
				return err
			}
		}
	}
	return nil
}

// recreate stops every old pod before it starts the first new one.
func (d *deployments) recreate(o *appsv1.Deployment, current *appsv1.ReplicaSet, old []*appsv1.ReplicaSet) error {
	running := false
	for _, rs := range old {
		if replicas(rs.Spec.Replicas) > 0 {
			if err := d.scale(o, rs, 0); err != nil {
				return err
			}
		}
		running = running || len(slices.DeleteFunc(d.Pods.List(component.ByOwner, string(rs.UID)), podstate.Finished)) > 0
	}
	if running || replicas(current.Spec.Replicas) == replicas(o.Spec.Replicas) {
		return nil
	}
	return d.scale(o, current, replicas(o.Spec.Replicas))
}

func (d *deployments) availablePods(rs *appsv1.ReplicaSet) (n int) {
	for _, p := range activePods(d.Base, rs) {
		if podstate.Ready(p) {
			n++
		}
	}
	return n
}

// keptAvailable leaves out the pods that a set is about to give up.
func (d *deployments) keptAvailable(rs *appsv1.ReplicaSet) int {
	return min(d.availablePods(rs), replicas(rs.Spec.Replicas))
}

// surge and tolerable are the strategy's maxSurge, rounded up, and
// maxUnavailable, rounded down. They are not both zero.
func surge(o *appsv1.Deployment) int {
	if o.Spec.Strategy.RollingUpdate == nil {
		return 0
	}
	return scaled(o.Spec.Strategy.RollingUpdate.MaxSurge, replicas(o.Spec.Replicas), true)
}

func tolerable(o *appsv1.Deployment) int {
	if o.Spec.Strategy.RollingUpdate == nil {
		return 0
	}
	n := scaled(o.Spec.Strategy.RollingUpdate.MaxUnavailable, replicas(o.Spec.Replicas), false)
	if n == 0 && surge(o) == 0 {
		return 1
	}
	return n
}

func scaled(v *intstr.IntOrString, of int, up bool) int {
	if v == nil {
		return 0
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(v, of, up)
	if err != nil {
		return 0
	}
	return n
}

func (d *deployments) scale(o *appsv1.Deployment, rs *appsv1.ReplicaSet, to int) error {
	from := replicas(rs.Spec.Replicas)
	_, err := d.ReplicaSets.Mutate(component.ControllerManager, rs.Namespace, rs.Name, func(rs *appsv1.ReplicaSet) error {
		rs.Spec.Replicas = ptr.To(int32(to))
		return nil
	})
	if err != nil {
		return fmt.Errorf("scale ReplicaSet %q: %w", component.KeyOf(rs), err)
	}
	direction := "up"
	if to < from {
		direction = "down"
	}
	d.events.Normal(component.About("apps/v1", deploymentKind.Kind, o), "ScalingReplicaSet",
		"Scaled %s replica set %s from %d to %d", direction, rs.Name, from, to)
	return nil
}

// dropHistory deletes empty ReplicaSets beyond the history limit, oldest first.
func (d *deployments) dropHistory(o *appsv1.Deployment, old []*appsv1.ReplicaSet) error {
	if o.Spec.RevisionHistoryLimit == nil {
		return nil
	}
	empty := slices.DeleteFunc(slices.Clone(old), func(rs *appsv1.ReplicaSet) bool {
		return replicas(rs.Spec.Replicas) > 0 || rs.Status.Replicas > 0
	})
	slices.SortStableFunc(empty, func(a, b *appsv1.ReplicaSet) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	for i := range len(empty) - int(*o.Spec.RevisionHistoryLimit) {
		if err := d.ReplicaSets.Remove(component.ControllerManager, empty[i], metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func (d *deployments) updateStatus(o *appsv1.Deployment) error {
	hash := templateHash(&o.Spec.Template)
	status := appsv1.DeploymentStatus{ObservedGeneration: o.Generation}
	current := ""
	for _, rs := range d.ReplicaSets.List(component.ByOwner, string(o.UID)) {
		pods := int32(len(activePods(d.Base, rs)))
		status.Replicas += pods
		available := int32(d.availablePods(rs))
		status.ReadyReplicas += available
		status.AvailableReplicas += available
		if rs.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == hash {
			status.UpdatedReplicas = pods
			current = rs.Name
		}
	}
	want := int32(replicas(o.Spec.Replicas))
	status.UnavailableReplicas = max(0, max(want, status.Replicas)-status.AvailableReplicas)
	_, err := d.Deployments.MutateStatus(component.ControllerManager, o.Namespace, o.Name, func(live *appsv1.Deployment) error {
		status.Conditions = live.Status.Conditions
		if status.AvailableReplicas >= want-int32(tolerable(o)) {
			d.setCondition(&status, appsv1.DeploymentAvailable, corev1.ConditionTrue,
				"MinimumReplicasAvailable", "Deployment has minimum availability.")
		} else {
			d.setCondition(&status, appsv1.DeploymentAvailable, corev1.ConditionFalse,
				"MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
		}
		complete := status.UpdatedReplicas == want && status.Replicas == want && status.AvailableReplicas == want
		if complete {
			d.setCondition(&status, appsv1.DeploymentProgressing, corev1.ConditionTrue,
				"NewReplicaSetAvailable", fmt.Sprintf("ReplicaSet %q has successfully progressed.", current))
		} else if progressing(&status) != "NewReplicaSetAvailable" || live.Status.ObservedGeneration != o.Generation {
			d.setCondition(&status, appsv1.DeploymentProgressing, corev1.ConditionTrue,
				"ReplicaSetUpdated", fmt.Sprintf("ReplicaSet %q is progressing.", current))
		}
		live.Status = status
		return nil
	})
	return component.IgnoreNotFound(err)
}

func progressing(s *appsv1.DeploymentStatus) string {
	for _, c := range s.Conditions {
		if c.Type == appsv1.DeploymentProgressing {
			return c.Reason
		}
	}
	return ""
}

func (d *deployments) setCondition(s *appsv1.DeploymentStatus, kind appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason, message string) {
	conditions := slices.Clone(s.Conditions)
	i := slices.IndexFunc(conditions, func(c appsv1.DeploymentCondition) bool { return c.Type == kind })
	if i < 0 {
		i = len(conditions)
		conditions = append(conditions, appsv1.DeploymentCondition{Type: kind, LastTransitionTime: d.Now(), LastUpdateTime: d.Now()})
	}
	c := &conditions[i]
	if c.Status != status {
		c.LastTransitionTime = d.Now()
	}
	if c.Status != status || c.Reason != reason || c.Message != message {
		c.LastUpdateTime = d.Now()
	}
	c.Status, c.Reason, c.Message = status, reason, message
	s.Conditions = conditions
}

// settled says that every Deployment has its pods or is refused them, counts
// those that are ready, and in a staged cluster that none is in the middle of a
// roll-out that goes on.
func (d *deployments) settled() bool {
	for _, o := range d.Deployments.All() {
		s, sets := o.Status, d.ReplicaSets.List(component.ByOwner, string(o.UID))
		available := int32(0)
		for _, rs := range sets {
			available += rs.Status.ReadyReplicas
		}
		short := s.Replicas < int32(replicas(o.Spec.Replicas))
		rolling := s.ReadyReplicas == s.Replicas && s.UpdatedReplicas < s.Replicas
		if s.ObservedGeneration < o.Generation || short && !slices.ContainsFunc(sets, refused) || s.ReadyReplicas != available || d.Staged && rolling {
			return false
		}
	}
	return true
}
