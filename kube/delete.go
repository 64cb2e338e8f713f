package kube

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps"
)

// Delete implements [steps.Kube]. It deletes only what carries podsg's mark of
// ownership, and only while it is the object that was seen to carry it.
func (c *Client) Delete(ctx context.Context, ref steps.ObjectRef) error {
	doing, name := "delete "+ref.Kind, qualified(ref.Namespace, ref.Name)
	resource, _, err := c.resourceFor(ref.APIVersion, ref.Kind)
	if err != nil {
		return c.problem(doing, name, err)
	}
	objects := c.objects.Resource(resource).Namespace(ref.Namespace)
	live, err := objects.Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return c.unlessMissing(doing, name, err)
	}
	if !ownedBy(live) {
		return &steps.Problem{
			Kind: steps.ProblemChanged, Doing: doing, Object: name, Err: errors.New("podsg did not make it"),
			Hint: "It has no label " + steps.LabelManagedBy + "=" + steps.ManagedBy + "; delete it by hand if nobody needs it.",
		}
	}
	uid := live.GetUID()
	// Dependents first, so that an object that is gone has left no pods behind.
	dependents := metav1.DeletePropagationForeground
	err = objects.Delete(ctx, ref.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &dependents,
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) && live.GetDeletionTimestamp() != nil {
		return nil
	}
	return c.problem(doing, name, err)
}
