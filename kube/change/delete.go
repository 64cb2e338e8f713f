package change

import (
	"context"
	"errors"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/facts"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Delete implements [plan.Kube]. It deletes only what carries podsg's mark of
// ownership, and only while it is the object that was seen to carry it.
func (c Writer) Delete(ctx context.Context, ref plan.ObjectRef) error {
	doing, name := "delete "+ref.Kind, facts.Qualified(ref.Namespace, ref.Name)
	resource, _, err := c.ResourceFor(ref.APIVersion, ref.Kind)
	if err != nil {
		return c.Problem(doing, name, err)
	}
	objects := c.Objects.Resource(resource).Namespace(ref.Namespace)
	live, err := objects.Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return c.UnlessMissing(doing, name, err)
	}
	if !facts.OwnedBy(live) {
		return &world.Problem{
			Kind: world.ProblemChanged, Doing: doing, Object: name, Err: errors.New("podsg did not make it"),
			Hint: "It has no label " + world.LabelManagedBy + "=" + world.ManagedBy + "; delete it by hand if nobody needs it.",
		}
	}
	uid := live.GetUID()
	// A controller goes after its dependents, so that when it is gone no pods are
	// left behind. Other objects are gone at once.
	dependents := metav1.DeletePropagationBackground
	if resource.Group == appsv1.GroupName {
		dependents = metav1.DeletePropagationForeground
	}
	err = objects.Delete(ctx, ref.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &dependents,
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) && live.GetDeletionTimestamp() != nil {
		return nil
	}
	return c.Problem(doing, name, err)
}
