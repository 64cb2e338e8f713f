package controllers

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
)

// startAutoscalers keeps workloads within the bounds of their
// HorizontalPodAutoscaler. That is all that it does in a cluster without a
// metrics server.
func startAutoscalers(ctx context.Context, b *component.Base) {
	q := b.NewQueue()
	b.Autoscalers.OnChange(func(o *autoscalingv2.HorizontalPodAutoscaler, _ bool) { q.Add(component.KeyOf(o)) })
	scaledOne := func(kind, namespace, name string) {
		for _, o := range b.Autoscalers.All() {
			if target := o.Spec.ScaleTargetRef; o.Namespace == namespace && target.Kind == kind && target.Name == name {
				q.Add(component.KeyOf(o))
			}
		}
	}
	b.Deployments.OnChange(func(d *appsv1.Deployment, _ bool) { scaledOne(deploymentKind.Kind, d.Namespace, d.Name) })
	b.StatefulSets.OnChange(func(s *appsv1.StatefulSet, _ bool) { scaledOne(statefulSetKind.Kind, s.Namespace, s.Name) })
	q.Work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) {
		o, ok := b.Autoscalers.Get(component.SplitKey(name))
		if !ok || o.DeletionTimestamp != nil {
			return 0, nil
		}
		return 0, component.IgnoreNotFound(autoscale(b, o))
	})
}

func autoscale(b *component.Base, o *autoscalingv2.HorizontalPodAutoscaler) error {
	target := o.Spec.ScaleTargetRef
	have, current, found := 0, int32(0), false
	switch target.Kind {
	case deploymentKind.Kind:
		if d, ok := b.Deployments.Get(o.Namespace, target.Name); ok {
			have, current, found = replicas(d.Spec.Replicas), d.Status.Replicas, true
		}
	case statefulSetKind.Kind:
		if s, ok := b.StatefulSets.Get(o.Namespace, target.Name); ok {
			have, current, found = replicas(s.Spec.Replicas), s.Status.Replicas, true
		}
	}
	if !found {
		return tellAutoscaler(b, o, 0, 0, autoscalingv2.HorizontalPodAutoscalerCondition{
			Type: autoscalingv2.AbleToScale, Status: corev1.ConditionFalse, Reason: "FailedGetScale",
			Message: fmt.Sprintf("the HPA controller was unable to get the target's current scale: %s %q not found", target.Kind, target.Name),
		})
	}
	want := have
	if have > 0 { // a workload that was scaled to zero is left alone
		want = min(max(have, replicas(o.Spec.MinReplicas)), int(o.Spec.MaxReplicas))
	}
	if want != have {
		if err := scaleTo(b, o.Namespace, target, want); err != nil {
			return err
		}
	}
	return tellAutoscaler(b, o, current, int32(want),
		autoscalingv2.HorizontalPodAutoscalerCondition{
			Type: autoscalingv2.AbleToScale, Status: corev1.ConditionTrue, Reason: "SucceededGetScale",
			Message: "the HPA controller was able to get the target's current scale",
		},
		autoscalingv2.HorizontalPodAutoscalerCondition{
			Type: autoscalingv2.ScalingActive, Status: corev1.ConditionFalse, Reason: "FailedGetResourceMetric",
			Message: "the HPA was unable to compute the replica count: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: " +
				"the server could not find the requested resource (get pods.metrics.k8s.io)",
		})
}

func scaleTo(b *component.Base, namespace string, target autoscalingv2.CrossVersionObjectReference, n int) (err error) {
	if target.Kind == deploymentKind.Kind {
		_, err = b.Deployments.Mutate(component.ControllerManager, namespace, target.Name, func(d *appsv1.Deployment) error {
			d.Spec.Replicas = ptr.To(int32(n))
			return nil
		})
		return err
	}
	_, err = b.StatefulSets.Mutate(component.ControllerManager, namespace, target.Name, func(s *appsv1.StatefulSet) error {
		s.Spec.Replicas = ptr.To(int32(n))
		return nil
	})
	return err
}

func tellAutoscaler(b *component.Base, o *autoscalingv2.HorizontalPodAutoscaler, current, desired int32, conditions ...autoscalingv2.HorizontalPodAutoscalerCondition) error {
	_, err := b.Autoscalers.MutateStatus(component.ControllerManager, o.Namespace, o.Name, func(live *autoscalingv2.HorizontalPodAutoscaler) error {
		for i := range conditions {
			conditions[i].LastTransitionTime = b.Now()
			for _, before := range live.Status.Conditions {
				if before.Type == conditions[i].Type && before.Status == conditions[i].Status {
					conditions[i].LastTransitionTime = before.LastTransitionTime
				}
			}
		}
		live.Status.CurrentReplicas, live.Status.DesiredReplicas, live.Status.Conditions = current, desired, conditions
		return nil
	})
	return err
}
