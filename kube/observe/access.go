package observe

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/access"
)

// concurrentReviews bounds how many access reviews are asked at the same time.
const concurrentReviews = 20

// access asks the API server, for each permission, whether the user has it. The
// rules review would answer in one call, but it does not know what EKS access
// policies grant.
func (o *observation) access(ctx context.Context) error {
	needed := slices.DeleteFunc(access.Permissions(o.scope.Namespace), func(p access.Permission) bool { return p.Optional })
	denied := make([]bool, len(needed))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentReviews)
	for i, p := range needed {
		group.Go(func() error {
			allowed, err := o.allowed(ctx, p)
			denied[i] = !allowed
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return o.Problem("review access to the Kubernetes API", "", err)
	}
	for i, p := range needed {
		if denied[i] && !slices.Contains(o.facts.DeniedAccess, p.String()) {
			o.facts.DeniedAccess = append(o.facts.DeniedAccess, p.String())
			if p.Write {
				o.facts.DeniedChanges = append(o.facts.DeniedChanges, p.String())
			}
		}
	}
	return nil
}

func (c Reader) allowed(ctx context.Context, p access.Permission) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: p.Attributes()},
	}
	answer, err := c.Calls.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return answer.Status.Allowed, nil
}
