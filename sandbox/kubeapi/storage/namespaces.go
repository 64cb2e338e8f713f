package storage

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// namespaceResync is how long the namespace controller waits before it looks
// again at a namespace that is being deleted.
const namespaceResync = time.Second

// Run carries out namespace deletion until ctx ends: it deletes the content of
// every namespace that is Terminating and, when the last object is gone,
// the namespace. Without it a deleted namespace stays Terminating.
func (s *Store) Run(ctx context.Context) {
	namespaces := NewClient[*corev1.Namespace](s, gvr.Namespaces, "kube-controller-manager")
	events, err := namespaces.Watch(ctx, "", Selector{})
	if err != nil {
		return // namespaces are always served
	}
	terminating := map[string]bool{}
	var resync <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				return
			}
			if e.Object.DeletionTimestamp != nil {
				terminating[e.Object.Name] = true
			}
		case <-resync:
			resync = nil
			for name := range terminating {
				if s.emptyNamespace(name) && finalizeNamespace(namespaces, name) {
					delete(terminating, name)
				}
			}
		}
		if resync == nil && len(terminating) > 0 {
			resync = s.clock.After(namespaceResync)
		}
	}
}

// emptyNamespace deletes what is in a namespace and reports whether nothing is
// left.
func (s *Store) emptyNamespace(name string) bool {
	empty := true
	for _, r := range s.Resources() {
		if !r.Namespaced || r.Alias != nil {
			continue
		}
		page, err := s.List(r, ListOptions{Namespace: name})
		if err != nil {
			continue // the resource went with its definition
		}
		for _, obj := range page.Items {
			if resource.Accessor(obj).GetDeletionTimestamp() != nil {
				empty = false
				continue
			}
			_, gone, err := s.Delete(r, name, resource.Accessor(obj).GetName(), metav1.DeleteOptions{}, access.SystemUser("apiserver"))
			if !gone && !apierrors.IsNotFound(err) {
				empty = false
			}
		}
	}
	return empty
}

// finalizeNamespace takes the namespace controller's finalizer off and reports
// whether there is nothing more to do.
func finalizeNamespace(namespaces *Client[*corev1.Namespace], name string) bool {
	_, err := namespaces.Mutate("", name, func(n *corev1.Namespace) error {
		n.Spec.Finalizers = slices.DeleteFunc(n.Spec.Finalizers, func(f corev1.FinalizerName) bool {
			return f == corev1.FinalizerKubernetes
		})
		return nil
	})
	return err == nil || apierrors.IsNotFound(err)
}
