package controllers

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
)

const defaultAccount = "default"

// startNamespaces gives every namespace what it has in every cluster: the
// service account "default" and the API server's certificate authority, and
// puts them back when they are deleted.
func startNamespaces(ctx context.Context, b *component.Base) {
	q := b.NewQueue()
	b.Namespaces.OnChange(func(n *corev1.Namespace, _ bool) { q.Add(n.Name) })
	b.Accounts.OnChange(func(a *corev1.ServiceAccount, deleted bool) {
		if deleted && a.Name == defaultAccount {
			q.Add(a.Namespace)
		}
	})
	b.ConfigMaps.OnChange(func(m *corev1.ConfigMap, deleted bool) {
		if deleted && m.Name == names.RootCA {
			q.Add(m.Namespace)
		}
	})
	q.Work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) {
		n, ok := b.Namespaces.Get("", name)
		if !ok || n.DeletionTimestamp != nil {
			return 0, nil
		}
		return 0, Furnish(b, name)
	})
}

// Furnish gives a namespace what every namespace has.
func Furnish(b *component.Base, namespace string) error {
	if _, ok := b.Accounts.Get(namespace, defaultAccount); !ok {
		_, err := b.Accounts.Create(component.ControllerManager, &corev1.ServiceAccount{
			ObjectMeta: metav1.ObjectMeta{Name: defaultAccount, Namespace: namespace},
		})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	if _, ok := b.ConfigMaps.Get(namespace, names.RootCA); ok {
		return nil
	}
	_, err := b.ConfigMaps.Create(component.ControllerManager, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: names.RootCA, Namespace: namespace,
			Annotations: map[string]string{"kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."},
		},
		Data: map[string]string{"ca.crt": string(b.RootCA)},
	})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
