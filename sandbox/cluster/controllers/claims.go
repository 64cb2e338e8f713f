package controllers

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/component"
)

// startClaims binds the claims for volumes, as where the EBS CSI driver is
// installed: each once a pod that uses it has a node.
func startClaims(ctx context.Context, b *component.Base) {
	q := b.NewQueue()
	b.Claims.OnChange(func(c *corev1.PersistentVolumeClaim, _ bool) { q.Add(component.KeyOf(c)) })
	b.Pods.OnChange(func(p *corev1.Pod, _ bool) {
		for _, name := range claimsOf(p) {
			q.Add(component.Key(p.Namespace, name))
		}
	})
	q.Work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) {
		c, ok := b.Claims.Get(component.SplitKey(name))
		if !ok || c.DeletionTimestamp != nil || c.Status.Phase == corev1.ClaimBound || !used(b, c) {
			return 0, nil
		}
		return 0, component.IgnoreNotFound(bind(b, c))
	})
}

// claimsOf are the claims that a pod with a node uses.
func claimsOf(p *corev1.Pod) (claims []string) {
	if p.Spec.NodeName == "" {
		return nil
	}
	for _, v := range p.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			claims = append(claims, v.PersistentVolumeClaim.ClaimName)
		}
	}
	return claims
}

func used(b *component.Base, c *corev1.PersistentVolumeClaim) bool {
	for _, p := range b.Pods.InNamespace(c.Namespace) {
		for _, name := range claimsOf(p) {
			if name == c.Name {
				return true
			}
		}
	}
	return false
}

func bind(b *component.Base, c *corev1.PersistentVolumeClaim) error {
	if _, err := b.Claims.Mutate(component.ControllerManager, c.Namespace, c.Name, func(live *corev1.PersistentVolumeClaim) error {
		live.Spec.VolumeName = "pvc-" + string(live.UID)
		return nil
	}); err != nil {
		return err
	}
	_, err := b.Claims.MutateStatus(component.ControllerManager, c.Namespace, c.Name, func(live *corev1.PersistentVolumeClaim) error {
		live.Status.Phase, live.Status.AccessModes, live.Status.Capacity = corev1.ClaimBound, live.Spec.AccessModes, live.Spec.Resources.Requests
		return nil
	})
	return err
}
