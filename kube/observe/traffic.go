package observe

import (
	"context"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// traffic observes what leads packets to the pods of the chosen namespace, and
// what keeps them away.
func (o *observation) traffic(ctx context.Context) error {
	ns := o.scope.Namespace
	if ns == "" {
		return nil
	}
	services, policies := o.Calls.CoreV1().Services(ns), o.Calls.NetworkingV1().NetworkPolicies(ns)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		found, err := api.Collect(ctx, follow.Listed(services, services, "", ""), func(s *corev1.Service) (world.Service, bool) {
			return world.Service{
				ObjectFacts: facts.Object(s), Type: string(s.Spec.Type),
				ExternalTrafficPolicy: string(s.Spec.ExternalTrafficPolicy), PodLabels: s.Spec.Selector,
			}, true
		})
		o.facts.Services = found
		return o.UnlessMissing("list services of namespace", ns, err)
	})
	group.Go(func() error {
		found, err := api.Collect(ctx, follow.Listed(policies, policies, "", ""), func(p *networkingv1.NetworkPolicy) (world.NetworkPolicy, bool) {
			return world.NetworkPolicy{ObjectFacts: facts.Object(p), PodSelector: facts.Selector(&p.Spec.PodSelector)}, true
		})
		o.facts.NetworkPolicies = found
		return o.UnlessMissing("list NetworkPolicies of namespace", ns, err)
	})
	return group.Wait()
}
