package controllers

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/podstate"
)

// startDisruptionBudgets keeps the status of every PodDisruptionBudget: how many
// of its pods may be evicted now.
func startDisruptionBudgets(ctx context.Context, b *component.Base) {
	q := b.NewQueue()
	b.Budgets.OnChange(func(o *policyv1.PodDisruptionBudget, _ bool) { q.Add(component.KeyOf(o)) })
	b.Pods.OnChange(func(p *corev1.Pod, _ bool) {
		for _, o := range b.Budgets.All() {
			if o.Namespace == p.Namespace {
				q.Add(component.KeyOf(o))
			}
		}
	})
	q.Work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) {
		o, ok := b.Budgets.Get(component.SplitKey(name))
		if !ok || o.DeletionTimestamp != nil {
			return 0, nil
		}
		return 0, component.IgnoreNotFound(updateBudget(b, o))
	})
	b.AwaitBeforeSettling(func() bool { return budgetsTold(b) })
}

// budgetOf counts the pods of a budget.
func budgetOf(b *component.Base, o *policyv1.PodDisruptionBudget) policyv1.PodDisruptionBudgetStatus {
	var pods []*corev1.Pod
	healthyPods := int32(0)
	selector, err := metav1.LabelSelectorAsSelector(o.Spec.Selector)
	if err != nil {
		selector = labels.Nothing()
	}
	for _, p := range b.Pods.InNamespace(o.Namespace) {
		if selector.Matches(labels.Set(p.Labels)) && !podstate.Finished(p) {
			pods = append(pods, p)
			if healthy(p) {
				healthyPods++
			}
		}
	}
	expected := len(pods)
	desired := 0
	switch {
	case o.Spec.MaxUnavailable != nil:
		expected = scaleOfPods(b, pods)
		desired = max(0, expected-scaled(o.Spec.MaxUnavailable, expected, true))
	case o.Spec.MinAvailable != nil && o.Spec.MinAvailable.Type == intstr.String:
		expected = scaleOfPods(b, pods)
		desired = scaled(o.Spec.MinAvailable, expected, true)
	case o.Spec.MinAvailable != nil:
		desired = o.Spec.MinAvailable.IntValue()
	}
	status := policyv1.PodDisruptionBudgetStatus{
		ObservedGeneration: o.Generation, CurrentHealthy: healthyPods, DesiredHealthy: int32(desired), ExpectedPods: int32(expected),
	}
	if expected > 0 {
		status.DisruptionsAllowed = max(0, healthyPods-int32(desired))
	}
	return status
}

// scaleOfPods is how many pods the workloads of these pods are to have together.
func scaleOfPods(b *component.Base, pods []*corev1.Pod) (n int) {
	seen := map[types.UID]bool{}
	for _, p := range pods {
		owner := metav1.GetControllerOf(p)
		if owner == nil || seen[owner.UID] {
			continue
		}
		seen[owner.UID] = true
		switch owner.Kind {
		case replicaSetKind.Kind:
			rs, ok := b.ReplicaSets.Get(p.Namespace, owner.Name)
			if !ok {
				continue
			}
			above := metav1.GetControllerOf(rs)
			if above == nil || above.Kind != deploymentKind.Kind {
				n += replicas(rs.Spec.Replicas)
				continue
			}
			if d, ok := b.Deployments.Get(p.Namespace, above.Name); ok && !seen[above.UID] {
				seen[above.UID] = true
				n += replicas(d.Spec.Replicas)
			}
		case statefulSetKind.Kind:
			if s, ok := b.StatefulSets.Get(p.Namespace, owner.Name); ok {
				n += replicas(s.Spec.Replicas)
			}
		}
	}
	return n
}

func updateBudget(b *component.Base, o *policyv1.PodDisruptionBudget) error {
	status := budgetOf(b, o)
	_, err := b.Budgets.MutateStatus(component.ControllerManager, o.Namespace, o.Name, func(live *policyv1.PodDisruptionBudget) error {
		status.Conditions = live.Status.Conditions
		allowed := metav1.Condition{Type: policyv1.DisruptionAllowedCondition, Status: metav1.ConditionFalse, Reason: policyv1.InsufficientPodsReason, ObservedGeneration: o.Generation}
		if status.DisruptionsAllowed > 0 {
			allowed.Status, allowed.Reason = metav1.ConditionTrue, policyv1.SufficientPodsReason
		}
		if c := meta.FindStatusCondition(status.Conditions, allowed.Type); c == nil || c.Status != allowed.Status {
			allowed.LastTransitionTime = b.Now()
		}
		meta.SetStatusCondition(&status.Conditions, allowed)
		live.Status = status
		return nil
	})
	return err
}

// budgetsTold says that every budget has counted its pods.
func budgetsTold(b *component.Base) bool {
	for _, o := range b.Budgets.All() {
		want := budgetOf(b, o)
		if o.Status.ObservedGeneration < o.Generation || o.Status.CurrentHealthy != want.CurrentHealthy || o.Status.DisruptionsAllowed != want.DisruptionsAllowed {
			return false
		}
	}
	return true
}
