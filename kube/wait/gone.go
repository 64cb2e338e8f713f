package wait

import (
	"context"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/steps/plan"
)

// WaitGone implements [plan.Kube].
func (c Waiter) WaitGone(ctx context.Context, ref plan.ObjectRef, progress plan.ProgressFunc) error {
	doing, name := "wait until the "+ref.Kind+" is gone:", facts.Qualified(ref.Namespace, ref.Name)
	resource, _, err := c.ResourceFor(ref.APIVersion, ref.Kind)
	if meta.IsNoMatchError(err) { // without the kind there is no object
		return nil
	}
	if err != nil {
		return c.Problem(doing, name, err)
	}
	// Most objects are gone at once: that needs no permission to watch.
	_, err = c.Objects.Resource(resource).Namespace(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	w := c.startWaiting(ctx, doing, name)
	objects := watched(w, c.CustomSource(resource, ref.Namespace, api.ByName(ref.Name)), false, func(u *unstructured.Unstructured) (string, bool) {
		return remains(u), true
	})
	err = w.until(ctx, progress, func() (plan.Progress, bool, error) {
		left := objects.Values()
		if len(left) == 0 {
			return plan.Progress{}, true, nil
		}
		return plan.Progress{Text: ref.Kind + " " + ref.Name + " " + left[0]}, false, nil
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// remains says why an object is still there.
func remains(u *unstructured.Unstructured) string {
	if u.GetDeletionTimestamp() == nil {
		return "is still there"
	}
	// A namespace tells what is left in it.
	// https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, item := range conditions {
		condition, _ := item.(map[string]any)
		kind, _ := condition["type"].(string)
		if condition["status"] == "True" && strings.HasSuffix(kind, "Remaining") {
			message, _ := condition["message"].(string)
			return "is being deleted: " + message
		}
	}
	if finalizers := u.GetFinalizers(); len(finalizers) > 0 {
		return "is being deleted; waiting for " + strings.Join(finalizers, ", ")
	}
	return "is being deleted"
}
