package cluster

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	defaultAccount = "default"
	rootCAName     = "kube-root-ca.crt"
)

// startNamespaces gives every namespace what it has in every cluster: the
// service account "default" and the API server's certificate authority, and
// puts them back when they are deleted.
func startNamespaces(ctx context.Context, b *Base) {
	q := b.newQueue()
	b.namespaces.onChange(func(n *corev1.Namespace, _ bool) { q.Add(n.Name) })
	b.accounts.onChange(func(a *corev1.ServiceAccount, deleted bool) {
		if deleted && a.Name == defaultAccount {
			q.Add(a.Namespace)
		}
	})
	b.configMaps.onChange(func(m *corev1.ConfigMap, deleted bool) {
		if deleted && m.Name == rootCAName {
			q.Add(m.Namespace)
		}
	})
	q.work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) {
		n, ok := b.namespaces.get("", name)
		if !ok || n.DeletionTimestamp != nil {
			return 0, nil
		}
		return 0, furnish(b, name)
	})
}

func furnish(b *Base, namespace string) error {
	if _, ok := b.accounts.get(namespace, defaultAccount); !ok {
		_, err := b.accounts.create(controllerManager, &corev1.ServiceAccount{
			ObjectMeta: metav1.ObjectMeta{Name: defaultAccount, Namespace: namespace},
		})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	if _, ok := b.configMaps.get(namespace, rootCAName); ok {
		return nil
	}
	_, err := b.configMaps.create(controllerManager, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: rootCAName, Namespace: namespace,
			Annotations: map[string]string{"kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."},
		},
		Data: map[string]string{"ca.crt": string(b.rootCA)},
	})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
