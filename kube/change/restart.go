package change

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// RestartWorkload implements [plan.Kube], by the annotation that kubectl rollout
// restart sets on the template.
// https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-k8s-io-restart-at
func (c Writer) RestartWorkload(ctx context.Context, w plan.ObjectRef, at time.Time) error {
	resource, _, err := c.ResourceFor(w.APIVersion, w.Kind)
	if err == nil {
		patch := fmt.Appendf(nil, `{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":%q}}}}}`, at.UTC().Format(time.RFC3339))
		_, err = c.Objects.Resource(resource).Namespace(w.Namespace).Patch(ctx, w.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: world.FieldManager})
	}
	return c.Problem("restart "+w.Kind, w.String(), err)
}
