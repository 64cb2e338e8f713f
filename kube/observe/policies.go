package observe

import (
	"cmp"
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/steps/world"
)

// policies observes the SecurityGroupPolicies of all namespaces or, when the
// user may not see those, of the chosen one, and says so.
func (o *observation) policies(ctx context.Context) error {
	defer close(o.policed)
	policies, err := o.policiesIn(ctx, metav1.NamespaceAll)
	if refused := err; apierrors.IsForbidden(err) && o.scope.Namespace != "" {
		if policies, err = o.policiesIn(ctx, o.scope.Namespace); err == nil {
			o.partial(world.FactPolicies, refused)
		}
	}
	if apierrors.IsNotFound(err) { // without the definition there are none
		return nil
	}
	if err != nil {
		return o.Problem("list SecurityGroupPolicies", "", err)
	}
	slices.SortFunc(policies, func(a, b world.PodPolicy) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	o.facts.Policies = policies
	return nil
}

func (c Reader) policiesIn(ctx context.Context, namespace string) ([]world.PodPolicy, error) {
	var unreadable error
	policies, err := api.Collect(ctx, c.CustomSource(facts.PolicyResource, namespace, ""), func(u *unstructured.Unstructured) (world.PodPolicy, bool) {
		policy, err := facts.Policy(u)
		if err != nil {
			unreadable = err
		}
		return policy, true
	})
	return policies, cmp.Or(err, unreadable)
}
